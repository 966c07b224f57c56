package org.stabledino.tensor.cpu;

/**
 * The innermost loops of deformable attention: rows of one head's {@code d} channels, picked from
 * the value maps by their starts.
 */
interface SampleLoops {

  /** {@code out = sum over i of weights[i] * value[starts[i] ...]}. */
  void weightedSum(
      float[] value, int[] starts, float[] weights, int count, int d, float[] out, int oo);

  /** {@code dots[i] = sum over channels of g * value[starts[i] ...]}. */
  void dots(float[] value, int[] starts, int count, int d, float[] g, int go, float[] dots);

  /** {@code out[starts[i] ...] += weights[i] * g}, in the order of i. */
  void scatter(float[] g, int go, int[] starts, float[] weights, int count, int d, float[] out);
}
