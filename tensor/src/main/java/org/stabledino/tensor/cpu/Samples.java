package org.stabledino.tensor.cpu;

/**
 * The sampling points of one query: for each coordinate the two neighbouring cells of the map and
 * their weights. A point has two coordinates, (x, y), one after the other.
 *
 * <p>A cell outside the map keeps its place, moved to the border, with weight 0: reading four
 * corners of every point costs less than deciding which exist.
 */
final class Samples {
  /** Coordinates: two a point. */
  final int count;

  /** For each coordinate, how many cells its axis has. */
  final float[] extents;

  /** For each coordinate, the distance of neighbouring cells in the array of values. */
  final int[] steps;

  /** For each point of one head, where its level starts after the batch entry's first value. */
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
   * For the four corners of each point of one head, partial sums of a dot product; and room to add
   * them up a vector of points at a time.
   */
  final float[] partials;

  /**
   * Room for the points of a query.
   *
   * @param heads sets of points
   * @param points points of each level
   * @param heights of each level
   * @param widths of each level
   * @param step elements of a token, over all heads
   * @param lanes partial sums of a dot product
   */
  Samples(int heads, int points, int[] heights, int[] widths, int step, int lanes) {
    int perHead = heights.length * points;
    count = 2 * heads * perHead;
    extents = new float[count];
    steps = new int[count];
    levelStarts = new int[perHead];
    int start = 0;
    for (int level = 0; level < heights.length; level++) {
      for (int point = level * points; point < (level + 1) * points; point++) {
        levelStarts[point] = start;
        for (int head = 0; head < heads; head++) {
          int i = 2 * (head * perHead + point);
          extents[i] = widths[level];
          extents[i + 1] = heights[level];
          steps[i] = step;
          steps[i + 1] = widths[level] * step;
        }
      }
      start += heights[level] * widths[level] * step;
    }
    low = new int[count];
    high = new int[count];
    lowWeight = new float[count];
    highWeight = new float[count];
    lowSlope = new float[count];
    highSlope = new float[count];
    int vectors = (4 * perHead + lanes - 1) / lanes * lanes;
    partials = new float[vectors * lanes];
  }
}
