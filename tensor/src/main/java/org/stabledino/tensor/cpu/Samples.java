package org.stabledino.tensor.cpu;

/**
 * The sampling points of one query and head: for each coordinate the two neighbouring cells of the
 * map and their weights; for each point its four corners. A point has two coordinates, (x, y), one
 * after the other.
 *
 * <p>A cell outside the map keeps its place, moved to the border, with weight 0: reading four
 * corners of every point costs less than deciding which exist.
 */
final class Samples {
  /** Points, over all levels. */
  final int points;

  /** For each coordinate, how many cells its axis has. */
  final float[] extents;

  /** For each coordinate, the distance of neighbouring cells in the array of values. */
  final int[] steps;

  /** For each point, where its level starts after the first value of the batch entry and head. */
  final int[] levelStarts;

  /** For each coordinate, the distance of the lower cell from the start of its axis. */
  final int[] low;

  /** For each coordinate, the distance of the upper cell from the start of its axis. */
  final int[] high;

  /** For each coordinate, the bilinear weight of the lower cell. */
  final float[] lowWeight;

  /** For each coordinate, the bilinear weight of the upper cell. */
  final float[] highWeight;

  /** The derivative of {@link #lowWeight} by the location in 0..1. */
  final float[] lowSlope;

  /** The derivative of {@link #highWeight} by the location in 0..1. */
  final float[] highSlope;

  /**
   * Where the corners of the points start after the first value of the batch entry and head: top
   * left, top right, bottom left, bottom right of the first point, then of the next.
   */
  final int[] corners;

  /** For each corner, its bilinear weight times the point's share. */
  final float[] cornerWeights;

  /**
   * For each corner, partial sums of a dot product; and room to add them up a vector of corners at
   * a time.
   */
  final float[] partials;

  /**
   * Room for the points of a query and head.
   *
   * @param pointsPerLevel points of each level
   * @param heights of each level
   * @param widths of each level
   * @param step distance of neighbouring tokens in the array of values
   * @param lanes partial sums of a dot product
   */
  Samples(int pointsPerLevel, int[] heights, int[] widths, int step, int lanes) {
    points = heights.length * pointsPerLevel;
    extents = new float[2 * points];
    steps = new int[2 * points];
    levelStarts = new int[points];
    int start = 0;
    for (int level = 0; level < heights.length; level++) {
      for (int i = level * pointsPerLevel; i < (level + 1) * pointsPerLevel; i++) {
        levelStarts[i] = start;
        extents[2 * i] = widths[level];
        extents[2 * i + 1] = heights[level];
        steps[2 * i] = step;
        steps[2 * i + 1] = widths[level] * step;
      }
      start += heights[level] * widths[level] * step;
    }
    low = new int[2 * points];
    high = new int[2 * points];
    lowWeight = new float[2 * points];
    highWeight = new float[2 * points];
    lowSlope = new float[2 * points];
    highSlope = new float[2 * points];
    corners = new int[4 * points];
    cornerWeights = new float[4 * points];
    int vectors = (4 * points + lanes - 1) / lanes * lanes;
    partials = new float[vectors * lanes];
  }

  /** Makes corners of the located coordinates; the shares are one factor a point. */
  void weigh(float[] shares, int at) {
    for (int point = 0, x = 0, i = 0; point < points; point++, x += 2, i += 4) {
      int top = levelStarts[point] + low[x + 1];
      int bottom = levelStarts[point] + high[x + 1];
      corners[i] = top + low[x];
      corners[i + 1] = top + high[x];
      corners[i + 2] = bottom + low[x];
      corners[i + 3] = bottom + high[x];
      float upper = shares[at + point] * lowWeight[x + 1];
      float lower = shares[at + point] * highWeight[x + 1];
      cornerWeights[i] = upper * lowWeight[x];
      cornerWeights[i + 1] = upper * highWeight[x];
      cornerWeights[i + 2] = lower * lowWeight[x];
      cornerWeights[i + 3] = lower * highWeight[x];
    }
  }
}
