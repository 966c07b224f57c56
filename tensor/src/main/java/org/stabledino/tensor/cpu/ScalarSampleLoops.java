package org.stabledino.tensor.cpu;

import java.util.Arrays;

/** {@link SampleLoops} without vector instructions. */
final class ScalarSampleLoops implements SampleLoops {

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public void locate(float[] locations, int at, Samples s) {
    locate(locations, at, s, 0);
  }

  /** Coordinates from {@code first} on. */
  static void locate(float[] locations, int at, Samples s, int first) {
    for (int i = first; i < 2 * s.points; i++) {
      float extent = s.extents[i];
      float position = locations[at + i] * extent - 0.5f;
      // outside by more than a cell, or NaN
      position = position >= -2 ? Math.min(position, extent + 1) : -2;
      float floor = (float) Math.floor(position);
      float fraction = position - floor;
      boolean hasLow = floor >= 0 && floor < extent;
      boolean hasHigh = floor >= -1 && floor < extent - 1;
      s.lowWeight[i] = hasLow ? 1 - fraction : 0;
      s.highWeight[i] = hasHigh ? fraction : 0;
      s.lowSlope[i] = hasLow ? -extent : 0;
      s.highSlope[i] = hasHigh ? extent : 0;
      int cell = (int) floor;
      int last = (int) extent - 1;
      s.low[i] = Math.clamp(cell, 0, last) * s.steps[i];
      s.high[i] = Math.clamp(cell + 1, 0, last) * s.steps[i];
    }
  }

  @Override
  public void sum(Samples s, float[] value, int at, int d, float[] out, int outAt) {
    Arrays.fill(out, outAt, outAt + d, 0f);
    for (int i = 0; i < s.corners.length; i++) {
      add(value, at + s.corners[i], s.cornerWeights[i], d, out, outAt);
    }
  }

  @Override
  public void scatter(Samples s, int d, float[] g, int gAt, float[] gradValue, int gradAt) {
    for (int i = 0; i < s.corners.length; i++) {
      add(g, gAt, s.cornerWeights[i], d, gradValue, gradAt + s.corners[i]);
    }
  }

  /** {@code out += weight * x}. */
  private static void add(float[] x, int xAt, float weight, int d, float[] out, int outAt) {
    for (int c = 0; c < d; c++) {
      out[outAt + c] += weight * x[xAt + c];
    }
  }

  @Override
  public void dots(Samples s, float[] value, int at, int d, float[] g, int gAt) {
    for (int i = 0; i < s.corners.length; i++) {
      float sum = 0;
      for (int c = 0; c < d; c++) {
        sum += value[at + s.corners[i] + c] * g[gAt + c];
      }
      s.partials[i] = sum;
    }
  }
}
