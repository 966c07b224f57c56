package org.stabledino.detection.scenes;

import org.stabledino.tensor.SplitMix64;

/**
 * Random values on the integer grid, smoothly blended in between. Neighbouring points mostly share
 * a cell, so the last cell's corners are kept. For one thread.
 */
final class ValueNoise {
  private final long key;
  private long column = Long.MIN_VALUE;
  private long row = Long.MIN_VALUE;
  private double upperLeft;
  private double upperRight;
  private double lowerLeft;
  private double lowerRight;

  ValueNoise(long key) {
    this.key = key;
  }

  /** The noise at a point, 0..1. */
  double at(double u, double v) {
    double cellU = Math.floor(u);
    double cellV = Math.floor(v);
    moveTo((long) cellU, (long) cellV);
    double fu = u - cellU;
    double fv = v - cellV;
    double su = fu * fu * (3 - 2 * fu);
    double sv = fv * fv * (3 - 2 * fv);
    double upper = upperLeft + (upperRight - upperLeft) * su;
    double lower = lowerLeft + (lowerRight - lowerLeft) * su;
    return upper + (lower - upper) * sv;
  }

  private void moveTo(long i, long j) {
    if (i != column || j != row) {
      column = i;
      row = j;
      upperLeft = corner(i, j);
      upperRight = corner(i + 1, j);
      lowerLeft = corner(i, j + 1);
      lowerRight = corner(i + 1, j + 1);
    }
  }

  private double corner(long i, long j) {
    return (SplitMix64.mix(key + i * 0x632BE59BD9B4E019L + j * SplitMix64.GOLDEN) >>> 11) * 0x1p-53;
  }
}
