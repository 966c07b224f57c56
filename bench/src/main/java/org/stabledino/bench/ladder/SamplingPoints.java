package org.stabledino.bench.ladder;

import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.AttentionKernels.Levels;

/**
 * Where bilinear samples fall: the four tokens around a location, and the share of each.
 *
 * <p>A location (x, y) in 0..1 spans a level from the outer edge of its first token to that of its
 * last, so that token i has its centre at (i + 1/2) / width. Tokens outside count as zero: their
 * share is 0, and in their place stands one that exists.
 */
final class SamplingPoints {
  /** Samples of a query, head and level. */
  private static final int POINTS = 4;

  /** The tokens around the point that was located last: upper left, upper right, lower ones. */
  final int[] token = new int[4];

  /** Their shares; they add up to 1 inside the map. */
  final float[] share = new float[4];

  /** How the shares change with x of the location, and with y. */
  final float[] slopeX = new float[4];

  final float[] slopeY = new float[4];

  /** All corners of one query and head: where their tokens start, and what they count. */
  final int[] offsets;

  final float[] factors;

  private final Levels levels;

  SamplingPoints(Levels levels) {
    this.levels = levels;
    offsets = new int[4 * perHead()];
    factors = new float[4 * perHead()];
  }

  /** Samples of a query and head on all levels. */
  int perHead() {
    return levels.count() * POINTS;
  }

  /** The same, read off a shape. */
  static int perHead(NamedShape s) {
    return (s.extents().length - 4) / 2 * POINTS;
  }

  /** All levels' tokens, read off a shape. */
  static double tokens(NamedShape s) {
    double tokens = 0;
    for (int i = 4; i < s.extents().length; i += 2) {
      tokens += (double) s.get(i) * s.get(i + 1);
    }
    return tokens;
  }

  /** Finds the corners of sample {@code point} of a query and head, at (x, y) = locations[at..]. */
  void locate(float[] locations, int at, int point) {
    int level = point / POINTS;
    int width = levels.widths()[level];
    int height = levels.heights()[level];
    float x = locations[at] * width - 0.5f;
    float y = locations[at + 1] * height - 0.5f;
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    for (int corner = 0; corner < 4; corner++) {
      int column = left + corner % 2;
      int row = top + corner / 2;
      boolean exists = column >= 0 && column < width && row >= 0 && row < height;
      float nearX = 1 - Math.abs(x - column);
      float nearY = 1 - Math.abs(y - row);
      token[corner] = exists ? levels.start(level) + row * width + column : levels.start(level);
      share[corner] = exists ? nearX * nearY : 0f;
      slopeX[corner] = exists ? (column > left ? width : -width) * nearY : 0f;
      slopeY[corner] = exists ? (row > top ? height : -height) * nearX : 0f;
    }
  }

  /** Lists the corners of all samples of a row (query and head), tokens {@code step} apart. */
  void list(float[] locations, float[] weights, int row, int step) {
    int count = perHead();
    for (int point = 0; point < count; point++) {
      locate(locations, (row * count + point) * 2, point);
      for (int corner = 0; corner < 4; corner++) {
        offsets[4 * point + corner] = token[corner] * step;
        factors[4 * point + corner] = weights[row * count + point] * share[corner];
      }
    }
  }
}
