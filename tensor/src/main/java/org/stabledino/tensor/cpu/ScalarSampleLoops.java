package org.stabledino.tensor.cpu;

import java.util.Arrays;

/** {@link SampleLoops} without vector instructions. */
final class ScalarSampleLoops implements SampleLoops {

  @Override
  public void weightedSum(
      float[] value, int[] starts, float[] weights, int count, int d, float[] out, int oo) {
    Arrays.fill(out, oo, oo + d, 0f);
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < d; c++) {
        out[oo + c] += weights[i] * value[starts[i] + c];
      }
    }
  }

  @Override
  public void dots(float[] value, int[] starts, int count, int d, float[] g, int go, float[] dots) {
    for (int i = 0; i < count; i++) {
      float sum = 0;
      for (int c = 0; c < d; c++) {
        sum += g[go + c] * value[starts[i] + c];
      }
      dots[i] = sum;
    }
  }

  @Override
  public void scatter(
      float[] g, int go, int[] starts, float[] weights, int count, int d, float[] out) {
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < d; c++) {
        out[starts[i] + c] += weights[i] * g[go + c];
      }
    }
  }
}
