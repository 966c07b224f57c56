package org.stabledino.tensor.cpu;

/** {@link MapLoops} without vector instructions. */
final class ScalarMapLoops implements MapLoops {

  @Override
  public void maximum(
      float[] x, int xo, int index, float[] best, int bo, int[] winner, int wo, int n) {
    for (int c = 0; c < n; c++) {
      float value = x[xo + c];
      if (value > best[bo + c] || value != value) {
        best[bo + c] = value;
        if (winner != null) {
          winner[wo + c] = index;
        }
      }
    }
  }

  @Override
  public void mix(
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
      int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i] = a * x[ao + i] + b * x[bo + i] + c * x[co + i] + d * x[dAt + i];
    }
  }

  @Override
  public void between(float[] x, int ao, int bo, float fraction, float[] out, int oo, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i] = (1 - fraction) * x[ao + i] + fraction * x[bo + i];
    }
  }

  @Override
  public void between(
      float[] x, int[] low, int[] high, float[] fraction, float[] out, int oo, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i] = (1 - fraction[i]) * x[low[i]] + fraction[i] * x[high[i]];
    }
  }

  @Override
  public void addScaled(float[] x, int xo, float weight, float[] out, int oo, int n) {
    for (int i = 0; i < n; i++) {
      out[oo + i] += weight * x[xo + i];
    }
  }
}
