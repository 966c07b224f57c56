package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * Multi-scale deformable attention by direct gathering.
 *
 * <p>The coordinates of a query are located on their maps first; then vectors of a head's channels
 * run over its points. In the backward pass a task owns one head of one batch entry, so gradients
 * of values never collide.
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
          Samples samples =
              new Samples(
                  s.heads,
                  s.points,
                  levels.heights(),
                  levels.widths(),
                  s.heads * s.d,
                  loops.lanes());
          for (int query = from; query < to; query++) {
            int row = query * s.heads;
            loops.locate(locations.floats(), locations.offset() + row * 2 * s.samples(), samples);
            int image = value.offset() + query / s.queries * s.tokens * s.heads * s.d;
            for (int h = 0; h < s.heads; h++) {
              loops.sum(
                  samples,
                  h,
                  value.floats(),
                  image + h * s.d,
                  weights.floats(),
                  weights.offset() + (row + h) * s.samples(),
                  s.d,
                  out.floats(),
                  out.offset() + (row + h) * s.d);
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
    float[] zeroed = gradValue == null ? null : gradValue.floats();
    if (gradValue != null) {
      pool.run(
          gradValue.size(),
          1 << 16,
          (from, to) ->
              Arrays.fill(zeroed, gradValue.offset() + from, gradValue.offset() + to, 0f));
    }
    pool.run(
        s.batch * s.heads,
        1,
        (from, to) -> {
          Samples samples =
              new Samples(
                  1, s.points, levels.heights(), levels.widths(), s.heads * s.d, loops.lanes());
          for (int pair = from; pair < to; pair++) {
            int b = pair / s.heads;
            int h = pair % s.heads;
            int first = (b * s.tokens * s.heads + h) * s.d;
            for (int query = 0; query < s.queries; query++) {
              int row = (b * s.queries + query) * s.heads + h;
              int at = row * s.samples();
              loops.locate(locations.floats(), locations.offset() + 2 * at, samples);
              loops.gradients(
                  samples,
                  0,
                  value.floats(),
                  value.offset() + first,
                  weights.floats(),
                  weights.offset() + at,
                  s.d,
                  gradOut.floats(),
                  gradOut.offset() + row * s.d,
                  zeroed,
                  gradValue == null ? 0 : gradValue.offset() + first,
                  gradWeights == null ? null : gradWeights.floats(),
                  gradWeights == null ? 0 : gradWeights.offset() + at,
                  gradLocations == null ? null : gradLocations.floats(),
                  gradLocations == null ? 0 : gradLocations.offset() + 2 * at);
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
}
