package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * Multi-scale deformable attention by direct gathering.
 *
 * <p>The coordinates of a query and head are located on their maps first; then vectors of the
 * head's channels run over its corners.
 *
 * <p>Values lie as [B, S, H, D], so neighbouring tokens of one head are H D floats apart: a power
 * of two, which leaves most of the caches' sets unused, so that the few rows of a map around a
 * query do not fit although they are small. Where tokens are read often, a head's values are first
 * copied together. What belongs to queries is copied block by block for the same reason: while one
 * head's rows are copied, many reads from memory are under way at a time; between samples, each
 * would be waited for.
 */
final class DeformableSampling {
  /** Corner reads that are worth a task of their own. */
  private static final int TASK_CORNERS = 1 << 16;

  /** Elements that are worth a task of copying. */
  private static final int TASK_ELEMENTS = 1 << 14;

  /** How often a token must be read before copying it pays. */
  private static final int READS_TO_PACK = 8;

  /** Queries whose rows are copied together. */
  private static final int BLOCK = 64;

  private final SampleLoops loops;
  private final Parallel pool;

  DeformableSampling(SampleLoops loops, Parallel pool) {
    this.loops = loops;
    this.pool = pool;
  }

  void forward(Tensor value, Levels levels, Tensor locations, Tensor weights, Tensor out) {
    Sizes s = new Sizes(value, levels, locations);
    try (Scope _ = Scope.open()) {
      if ((long) s.queries * s.corners() >= (long) READS_TO_PACK * s.tokens) {
        gather(s, packed(s, value), 0, s.tokens * s.d, s.d, levels, locations, weights, out);
      } else {
        gather(
            s, value.floats(), value.offset(), s.d, s.heads * s.d, levels, locations, weights, out);
      }
    }
  }

  /** The values as [B, H, S, D], on memory of the current scope. */
  private float[] packed(Sizes s, Tensor value) {
    float[] packed = Tensor.empty(s.batch, s.heads, s.tokens, s.d).floats();
    pool.run(
        s.batch * s.tokens,
        Math.max(1, TASK_ELEMENTS / (s.heads * s.d)),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            int first = (row / s.tokens * s.heads * s.tokens + row % s.tokens) * s.d;
            for (int h = 0; h < s.heads; h++) {
              System.arraycopy(
                  value.floats(),
                  value.offset() + (row * s.heads + h) * s.d,
                  packed,
                  first + h * s.tokens * s.d,
                  s.d);
            }
          }
        });
    return packed;
  }

  /**
   * Samples values that start at {@code valueAt}; heads are {@code headStep} apart, tokens {@code
   * step}. A task owns some queries of one head of one batch entry.
   */
  private void gather(
      Sizes s,
      float[] value,
      int valueAt,
      int headStep,
      int step,
      Levels levels,
      Tensor locations,
      Tensor weights,
      Tensor out) {
    int taskQueries = Math.max(1, TASK_CORNERS / Math.max(1, s.corners()));
    int parts = (s.queries + taskQueries - 1) / taskQueries;
    pool.run(
        s.batch * s.heads * parts,
        1,
        (begin, end) -> {
          Block block = new Block(s, levels, step, loops.lanes());
          float[] sums = Workspace.mine().floats(Slot.SAMPLE_SUMS, BLOCK * s.d);
          for (int task = begin; task < end; task++) {
            int b = task / parts / s.heads;
            int h = task / parts % s.heads;
            int image = valueAt + b * s.tokens * s.heads * s.d + h * headStep;
            int first = task % parts * taskQueries;
            int last = Math.min(s.queries, first + taskQueries);
            for (int query = first; query < last; query += BLOCK) {
              int rows = Math.min(BLOCK, last - query);
              int row = s.row(b, query, h);
              block.load(s, locations, weights, row, rows);
              for (int i = 0; i < rows; i++) {
                block.locate(loops, i);
                loops.sum(block.samples, value, image, s.d, sums, i * s.d);
              }
              int to = out.offset() + row * s.d;
              copyRows(rows, s.d, sums, 0, s.d, out.floats(), to, s.heads * s.d);
            }
          }
        });
  }

  /** A task owns one head of one batch entry, so that gradients of values never collide. */
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
    boolean dots = gradLocations != null || gradWeights != null;
    pool.run(
        s.batch * s.heads,
        1,
        (begin, end) -> {
          Workspace work = Workspace.mine();
          Block block = new Block(s, levels, s.d, loops.lanes());
          int size = s.tokens * s.d;
          float[] values = work.floats(Slot.SAMPLE_VALUES, size);
          float[] sums = work.floats(Slot.SAMPLE_SUMS, size);
          float[] g = work.floats(Slot.SAMPLE_GRADIENTS, BLOCK * s.d);
          for (int pair = begin; pair < end; pair++) {
            int b = pair / s.heads;
            int h = pair % s.heads;
            int head = (b * s.tokens * s.heads + h) * s.d;
            int step = s.heads * s.d;
            if (dots) {
              int from = value.offset() + head;
              copyRows(s.tokens, s.d, value.floats(), from, step, values, 0, s.d);
            }
            Arrays.fill(sums, 0, size, 0f);
            for (int query = 0; query < s.queries; query += BLOCK) {
              int rows = Math.min(BLOCK, s.queries - query);
              int row = s.row(b, query, h);
              block.load(s, locations, weights, row, rows);
              int from = gradOut.offset() + row * s.d;
              copyRows(rows, s.d, gradOut.floats(), from, step, g, 0, s.d);
              for (int i = 0; i < rows; i++) {
                block.locate(loops, i);
                if (gradValue != null) {
                  loops.scatter(block.samples, s.d, g, i * s.d, sums, 0);
                }
                if (dots) {
                  loops.dots(block.samples, values, 0, s.d, g, i * s.d);
                  block.pointGradients(i);
                }
              }
              block.store(s, gradLocations, gradWeights, row, rows);
            }
            if (gradValue != null) {
              int to = gradValue.offset() + head;
              copyRows(s.tokens, s.d, sums, 0, s.d, gradValue.floats(), to, step);
            }
          }
        });
  }

  /** Copies rows of n floats between arrays where they are steps apart. */
  private static void copyRows(
      int rows, int n, float[] from, int fromAt, int fromStep, float[] to, int toAt, int toStep) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(from, fromAt + row * fromStep, to, toAt + row * toStep, n);
    }
  }

  /** The points of some queries of one head, row by row, and their gradients. */
  private static final class Block {
    final Samples samples;
    private final int points;

    /** [rows, L, P, 2], overwritten by their gradients. */
    private final float[] locations;

    /** [rows, L, P], overwritten by their gradients. */
    private final float[] weights;

    Block(Sizes s, Levels levels, int step, int lanes) {
      samples = new Samples(s.points, levels.heights(), levels.widths(), step, lanes);
      points = samples.points;
      locations = Workspace.mine().floats(Slot.SAMPLE_LOCATIONS, BLOCK * 2 * points);
      weights = Workspace.mine().floats(Slot.SAMPLE_WEIGHTS, BLOCK * points);
    }

    void load(Sizes s, Tensor from, Tensor shares, int row, int rows) {
      int n = 2 * points;
      copyRows(rows, n, from.floats(), from.offset() + row * n, s.heads * n, locations, 0, n);
      int at = shares.offset() + row * points;
      copyRows(rows, points, shares.floats(), at, s.heads * points, weights, 0, points);
    }

    void locate(SampleLoops loops, int i) {
      loops.locate(locations, i * 2 * points, samples);
      samples.weigh(weights, i * points);
    }

    /** Puts the gradients of query i, from its corners' dot products, in its points' place. */
    void pointGradients(int i) {
      Samples s = samples;
      int at = i * points;
      for (int point = 0; point < points; point++) {
        float topLeft = s.partials[4 * point];
        float topRight = s.partials[4 * point + 1];
        float bottomLeft = s.partials[4 * point + 2];
        float bottomRight = s.partials[4 * point + 3];
        int x = 2 * point;
        int y = x + 1;
        float top = s.lowWeight[x] * topLeft + s.highWeight[x] * topRight;
        float bottom = s.lowWeight[x] * bottomLeft + s.highWeight[x] * bottomRight;
        float left = s.lowWeight[y] * topLeft + s.highWeight[y] * bottomLeft;
        float right = s.lowWeight[y] * topRight + s.highWeight[y] * bottomRight;
        float weight = weights[at + point];
        weights[at + point] = s.lowWeight[y] * top + s.highWeight[y] * bottom;
        locations[2 * at + x] = weight * (s.lowSlope[x] * left + s.highSlope[x] * right);
        locations[2 * at + y] = weight * (s.lowSlope[y] * top + s.highSlope[y] * bottom);
      }
    }

    void store(Sizes s, Tensor gradLocations, Tensor gradWeights, int row, int rows) {
      if (gradLocations != null) {
        int n = 2 * points;
        int to = gradLocations.offset() + row * n;
        copyRows(rows, n, locations, 0, n, gradLocations.floats(), to, s.heads * n);
      }
      if (gradWeights != null) {
        int to = gradWeights.offset() + row * points;
        copyRows(rows, points, weights, 0, points, gradWeights.floats(), to, s.heads * points);
      }
    }
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

    /** Corners of a query and head. */
    int corners() {
      return 4 * levels * points;
    }

    /** The row of a query and head in [B, Q, H, ...]. */
    int row(int b, int query, int h) {
      return (b * queries + query) * heads + h;
    }
  }
}
