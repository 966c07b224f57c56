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
    for (int i = first; i < s.count; i++) {
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
  public void sum(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] out,
      int outAt) {
    Arrays.fill(out, outAt, outAt + d, 0f);
    int points = s.levelStarts.length;
    for (int point = 0; point < points; point++) {
      int x = 2 * (head * points + point);
      int y = x + 1;
      int base = at + s.levelStarts[point];
      float share = shares[sharesAt + point];
      add(
          value,
          base + s.low[y] + s.low[x],
          share * s.lowWeight[y] * s.lowWeight[x],
          d,
          out,
          outAt);
      add(
          value,
          base + s.low[y] + s.high[x],
          share * s.lowWeight[y] * s.highWeight[x],
          d,
          out,
          outAt);
      add(
          value,
          base + s.high[y] + s.low[x],
          share * s.highWeight[y] * s.lowWeight[x],
          d,
          out,
          outAt);
      add(
          value,
          base + s.high[y] + s.high[x],
          share * s.highWeight[y] * s.highWeight[x],
          d,
          out,
          outAt);
    }
  }

  /** {@code out += weight * x}. */
  private static void add(float[] x, int xAt, float weight, int d, float[] out, int outAt) {
    for (int c = 0; c < d; c++) {
      out[outAt + c] += weight * x[xAt + c];
    }
  }

  private static float dot(float[] a, int aAt, float[] b, int bAt, int d) {
    float sum = 0;
    for (int c = 0; c < d; c++) {
      sum += a[aAt + c] * b[bAt + c];
    }
    return sum;
  }

  @Override
  public void gradients(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] g,
      int gAt,
      float[] gradValue,
      int gradAt,
      float[] gradShares,
      int gradSharesAt,
      float[] gradLocations,
      int gradLocationsAt) {
    int points = s.levelStarts.length;
    for (int point = 0; point < points; point++) {
      int x = 2 * (head * points + point);
      int y = x + 1;
      int topLeft = s.levelStarts[point] + s.low[y] + s.low[x];
      int topRight = s.levelStarts[point] + s.low[y] + s.high[x];
      int bottomLeft = s.levelStarts[point] + s.high[y] + s.low[x];
      int bottomRight = s.levelStarts[point] + s.high[y] + s.high[x];
      float share = shares[sharesAt + point];
      if (gradValue != null) {
        float upper = share * s.lowWeight[y];
        float lower = share * s.highWeight[y];
        add(g, gAt, upper * s.lowWeight[x], d, gradValue, gradAt + topLeft);
        add(g, gAt, upper * s.highWeight[x], d, gradValue, gradAt + topRight);
        add(g, gAt, lower * s.lowWeight[x], d, gradValue, gradAt + bottomLeft);
        add(g, gAt, lower * s.highWeight[x], d, gradValue, gradAt + bottomRight);
      }
      s.partials[4 * point] = dot(value, at + topLeft, g, gAt, d);
      s.partials[4 * point + 1] = dot(value, at + topRight, g, gAt, d);
      s.partials[4 * point + 2] = dot(value, at + bottomLeft, g, gAt, d);
      s.partials[4 * point + 3] = dot(value, at + bottomRight, g, gAt, d);
    }
    store(s, head, shares, sharesAt, gradShares, gradSharesAt, gradLocations, gradLocationsAt);
  }

  /** Stores the gradients of one head's shares and locations from the corners' dot products. */
  static void store(
      Samples s,
      int head,
      float[] shares,
      int sharesAt,
      float[] gradShares,
      int gradSharesAt,
      float[] gradLocations,
      int gradLocationsAt) {
    int points = s.levelStarts.length;
    for (int point = 0; point < points; point++) {
      float topLeft = s.partials[4 * point];
      float topRight = s.partials[4 * point + 1];
      float bottomLeft = s.partials[4 * point + 2];
      float bottomRight = s.partials[4 * point + 3];
      int x = 2 * (head * points + point);
      int y = x + 1;
      float top = s.lowWeight[x] * topLeft + s.highWeight[x] * topRight;
      float bottom = s.lowWeight[x] * bottomLeft + s.highWeight[x] * bottomRight;
      if (gradShares != null) {
        gradShares[gradSharesAt + point] = s.lowWeight[y] * top + s.highWeight[y] * bottom;
      }
      if (gradLocations != null) {
        float left = s.lowWeight[y] * topLeft + s.highWeight[y] * bottomLeft;
        float right = s.lowWeight[y] * topRight + s.highWeight[y] * bottomRight;
        float share = shares[sharesAt + point];
        int to = gradLocationsAt + 2 * point;
        gradLocations[to] = share * (s.lowSlope[x] * left + s.highSlope[x] * right);
        gradLocations[to + 1] = share * (s.lowSlope[y] * top + s.highSlope[y] * bottom);
      }
    }
  }
}
