package org.stabledino.tensor.cpu;

/** The innermost loops of pooling and resizing, over the n channels of a position or a line. */
interface MapLoops {

  /**
   * Where {@code x > best}, or x is NaN, best becomes x and winner becomes {@code index}.
   *
   * @param winner nullable
   */
  void maximum(float[] x, int xo, int index, float[] best, int bo, int[] winner, int wo, int n);

  /** {@code out = a * x[ao...] + b * x[bo...] + c * x[co...] + d * x[dAt...]}. */
  void mix(
      float[] x,
      int ao,
      float a,
      int bo,
      float b,
      int co,
      float c,
      int dAt,
      float d,
      float[] out,
      int oo,
      int n);

  /** {@code out = (1 - fraction) * x[ao...] + fraction * x[bo...]}. */
  void between(float[] x, int ao, int bo, float fraction, float[] out, int oo, int n);

  /** {@code out[i] = (1 - fraction[i]) * x[low[i]] + fraction[i] * x[high[i]]}. */
  void between(float[] x, int[] low, int[] high, float[] fraction, float[] out, int oo, int n);

  /** {@code out += weight * x}. */
  void addScaled(float[] x, int xo, float weight, float[] out, int oo, int n);
}
