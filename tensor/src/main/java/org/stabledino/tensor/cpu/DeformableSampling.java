package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * Multi-scale deformable attention by direct gathering.
 *
 * <p>For one query and head the samples of all levels are first turned into a short list of corner
 * rows and weights (bilinear times attention); then vectors of the head's channels run over the
 * list. Corners outside a map are not listed. In the backward pass a task owns one head of one
 * batch entry, so gradients of values never collide.
 */
final class DeformableSampling {
  /** Corner reads that are worth a task of their own. */
  private static final int TASK_CORNERS = 1 << 13;

  private final SampleLoops loops;
  private final Parallel pool;

  DeformableSampling(SampleLoops loops, Parallel pool) {
    this.loops = loops;
    this.pool = pool;
  }

  void forward(Tensor value, Levels levels, Tensor locations, Tensor weights, Tensor out) {
    Sizes s = new Sizes(value, levels, locations);
    int grain = Math.max(1, TASK_CORNERS / Math.max(1, 4 * s.samples() * s.heads));
    pool.run(
        s.batch * s.queries,
        grain,
        (from, to) -> {
          Corners corners = new Corners(s, value, levels);
          for (int query = from; query < to; query++) {
            for (int h = 0; h < s.heads; h++) {
              int row = query * s.heads + h;
              corners.list(query / s.queries, h, row, locations, weights);
              loops.weightedSum(
                  value.floats(),
                  corners.starts,
                  corners.products,
                  corners.count,
                  s.d,
                  out.floats(),
                  out.offset() + row * s.d);
            }
          }
        });
  }

  void backward(
      Tensor gradOut,
      Tensor value,
      Levels levels,
      Tensor locations,
      Tensor weights,
      Tensor gradValue,
      Tensor gradLocations,
      Tensor gradWeights) {
    Sizes s = new Sizes(value, levels, locations);
    if (gradValue != null) {
      float[] zeroed = gradValue.floats();
      pool.run(
          gradValue.size(),
          1 << 16,
          (from, to) ->
              Arrays.fill(zeroed, gradValue.offset() + from, gradValue.offset() + to, 0f));
    }
    // Corner starts address value; the shift leads to the same element of gradValue.
    pool.run(
        s.batch * s.heads,
        1,
        (from, to) -> {
          Corners corners = new Corners(s, value, levels);
          for (int pair = from; pair < to; pair++) {
            for (int query = 0; query < s.queries; query++) {
              int b = pair / s.heads;
              int row = (b * s.queries + query) * s.heads + pair % s.heads;
              corners.list(b, pair % s.heads, row, locations, weights);
              int go = gradOut.offset() + row * s.d;
              if (gradLocations != null || gradWeights != null) {
                loops.dots(
                    value.floats(),
                    corners.starts,
                    corners.count,
                    s.d,
                    gradOut.floats(),
                    go,
                    corners.dots);
                corners.store(row, weights, gradLocations, gradWeights);
              }
              if (gradValue != null) {
                corners.shift(gradValue.offset() - value.offset());
                loops.scatter(
                    gradOut.floats(),
                    go,
                    corners.starts,
                    corners.products,
                    corners.count,
                    s.d,
                    gradValue.floats());
              }
            }
          }
        });
  }

  /** The extents of the arguments. */
  private record Sizes(
      int batch, int tokens, int heads, int d, int queries, int levels, int points) {
    Sizes(Tensor value, Levels levels, Tensor locations) {
      this(
          value.dim(0),
          value.dim(1),
          value.dim(2),
          value.dim(3),
          locations.dim(1),
          levels.count(),
          locations.dim(4));
    }

    int samples() {
      return levels * points;
    }
  }

  /** The corner rows of one query and head, and what led to them. */
  private static final class Corners {
    private final Sizes s;
    private final int base;
    private final int[] heights;
    private final int[] widths;
    private final int[] levelStarts;

    /** Where each listed corner's channels start. */
    private final int[] starts;

    /** Each listed corner's share of the result. */
    private final float[] products;

    /** Each listed corner's dot product with the gradient. */
    private final float[] dots;

    /** For each sample: the places of its four corners in the list, or -1. */
    private final int[] places;

    /** For each sample: its distance from the upper left corner, (x, y). */
    private final float[] fractions;

    private int count;

    Corners(Sizes s, Tensor value, Levels levels) {
      this.s = s;
      base = value.offset();
      heights = levels.heights();
      widths = levels.widths();
      levelStarts = new int[s.levels];
      for (int level = 0; level < s.levels; level++) {
        levelStarts[level] = levels.start(level);
      }
      starts = new int[4 * s.samples()];
      products = new float[4 * s.samples()];
      dots = new float[4 * s.samples()];
      places = new int[4 * s.samples()];
      fractions = new float[2 * s.samples()];
    }

    void list(int b, int h, int row, Tensor locations, Tensor weights) {
      float[] xy = locations.floats();
      float[] share = weights.floats();
      int at = weights.offset() + row * s.samples();
      int xyAt = locations.offset() + row * s.samples() * 2;
      int step = s.heads * s.d;
      count = 0;
      int sample = 0;
      for (int level = 0; level < s.levels; level++) {
        int width = widths[level];
        int height = heights[level];
        int map = base + ((b * s.tokens + levelStarts[level]) * s.heads + h) * s.d;
        for (int point = 0; point < s.points; point++, sample++) {
          float x = xy[xyAt + 2 * sample] * width - 0.5f;
          float y = xy[xyAt + 2 * sample + 1] * height - 0.5f;
          int place = 4 * sample;
          // also false for NaN
          if (x > -1 && y > -1 && x < width && y < height) {
            int left = (int) (x + 1) - 1;
            int top = (int) (y + 1) - 1;
            float fx = x - left;
            float fy = y - top;
            fractions[2 * sample] = fx;
            fractions[2 * sample + 1] = fy;
            float weight = share[at + sample];
            float lower = fy * weight;
            float upper = weight - lower;
            boolean hasLeft = left >= 0;
            boolean hasRight = left + 1 < width;
            int start = map + (top * width + left) * step;
            if (top >= 0) {
              places[place] = add(hasLeft, start, upper - upper * fx);
              places[place + 1] = add(hasRight, start + step, upper * fx);
            } else {
              places[place] = -1;
              places[place + 1] = -1;
            }
            start += width * step;
            if (top + 1 < height) {
              places[place + 2] = add(hasLeft, start, lower - lower * fx);
              places[place + 3] = add(hasRight, start + step, lower * fx);
            } else {
              places[place + 2] = -1;
              places[place + 3] = -1;
            }
          } else {
            places[place] = -1;
            places[place + 1] = -1;
            places[place + 2] = -1;
            places[place + 3] = -1;
            fractions[2 * sample] = 0;
            fractions[2 * sample + 1] = 0;
          }
        }
      }
    }

    private int add(boolean inside, int start, float product) {
      if (!inside) {
        return -1;
      }
      starts[count] = start;
      products[count] = product;
      return count++;
    }

    private float dot(int place) {
      return place < 0 ? 0 : dots[place];
    }

    void shift(int by) {
      for (int i = 0; by != 0 && i < count; i++) {
        starts[i] += by;
      }
    }

    /** Stores the gradients of the row's locations and weights from the dot products. */
    void store(int row, Tensor weights, Tensor gradLocations, Tensor gradWeights) {
      int sample = 0;
      for (int level = 0; level < s.levels; level++) {
        for (int point = 0; point < s.points; point++, sample++) {
          float topLeft = dot(places[4 * sample]);
          float topRight = dot(places[4 * sample + 1]);
          float bottomLeft = dot(places[4 * sample + 2]);
          float bottomRight = dot(places[4 * sample + 3]);
          float fx = fractions[2 * sample];
          float fy = fractions[2 * sample + 1];
          int at = row * s.samples() + sample;
          if (gradWeights != null) {
            float top = topLeft + fx * (topRight - topLeft);
            float bottom = bottomLeft + fx * (bottomRight - bottomLeft);
            gradWeights.floats()[gradWeights.offset() + at] = top + fy * (bottom - top);
          }
          if (gradLocations != null) {
            float weight = weights.floats()[weights.offset() + at];
            float byX = (1 - fy) * (topRight - topLeft) + fy * (bottomRight - bottomLeft);
            float byY = (1 - fx) * (bottomLeft - topLeft) + fx * (bottomRight - topRight);
            int to = gradLocations.offset() + 2 * at;
            gradLocations.floats()[to] = weight * byX * widths[level];
            gradLocations.floats()[to + 1] = weight * byY * heights[level];
          }
        }
      }
    }
  }
}
