package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.ATTENTION;
import static org.stabledino.cuda.Kernels.Source.DEFORMABLE;
import static org.stabledino.cuda.Kernels.Source.SOFTMAX;

import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Launches of {@code softmax.cu}, {@code attention.cu} and {@code deformable.cu}. */
final class CudaAttention implements AttentionKernels {
  private static final int TILE = 32;
  private static final int MAX_D = 64;
  private static final int MAX_LEVELS = 8;

  private final Kernels kernels;
  private final DeviceMemory memory;
  private final CudaElementwise elementwise;

  /** The family on a device. */
  CudaAttention(Kernels kernels, DeviceMemory memory, CudaElementwise elementwise) {
    this.kernels = kernels;
    this.memory = memory;
    this.elementwise = elementwise;
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    int n = x.dim(-1);
    int size = x.size();
    int rows = n == 0 ? 0 : size / n;
    kernels.launch(SOFTMAX, "softmax", Grid.of(rows, 128), x, n, out);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor gradOut, Tensor gradX) {
    int n = y.dim(-1);
    int size = y.size();
    int rows = n == 0 ? 0 : size / n;
    kernels.launch(SOFTMAX, "softmaxBackward", Grid.of(rows, 128), y, gradOut, n, gradX);
  }

  /** The shapes of one attention. */
  private record Problem(int batch, int heads, int queries, int keys, int d, int groups) {
    static Problem of(Tensor q, Tensor k, int heads, Mask mask) {
      int batch = q.dim(0);
      int channels = q.dim(2);
      int d = channels / heads;
      if (d > MAX_D) {
        throw new ShapeMismatchException(
            "attention",
            "q",
            "of heads of at most %d channels".formatted(MAX_D),
            q.shape().toString(),
            "");
      }
      int queries = q.dim(1);
      int keys = k.dim(1);
      int groups = mask.bias() == null ? 0 : mask.bias().dim(0);
      return new Problem(batch, heads, queries, keys, d, groups);
    }

    Grid tiles(int tokens) {
      return Grid.of(batch * heads * Grid.ceil(tokens, TILE), 128);
    }

    int[] words(float scale) {
      return new int[] {batch, heads, queries, keys, d, groups, Float.floatToRawIntBits(scale)};
    }
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp) {
    Problem problem = Problem.of(q, k, heads, mask);
    kernels.launch(
        ATTENTION,
        "attention",
        problem.tiles(problem.queries()),
        q,
        k,
        v,
        mask.blocked(),
        mask.keyPadding(),
        mask.bias(),
        problem.words(scale),
        out,
        logSumExp);
  }

  @Override
  public void attentionBackward(
      Tensor gradOut,
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp,
      Tensor gradQ,
      Tensor gradK,
      Tensor gradV,
      Tensor gradBias) {
    Problem problem = Problem.of(q, k, heads, mask);
    int[] words = problem.words(scale);
    int rows = problem.batch() * heads * problem.queries();
    try (DeviceMemory.Block delta = memory.take(4L * rows)) {
      kernels.launch(
          ATTENTION, "attentionDelta", Grid.over(rows), gradOut, out, words, delta, rows);
      kernels.launch(
          ATTENTION,
          "attentionBackwardQuery",
          problem.tiles(problem.queries()),
          gradOut,
          q,
          k,
          v,
          mask.blocked(),
          mask.keyPadding(),
          mask.bias(),
          words,
          logSumExp,
          delta,
          gradQ);
      kernels.launch(
          ATTENTION,
          "attentionBackwardKey",
          problem.tiles(problem.keys()),
          gradOut,
          q,
          k,
          v,
          mask.blocked(),
          mask.keyPadding(),
          mask.bias(),
          words,
          logSumExp,
          delta,
          gradK,
          gradV);
      if (gradBias != null) {
        int n = mask.bias().size();
        kernels.launch(
            ATTENTION,
            "attentionBackwardBias",
            Grid.over(n),
            gradOut,
            q,
            k,
            v,
            mask.blocked(),
            mask.keyPadding(),
            mask.bias(),
            words,
            logSumExp,
            delta,
            gradBias,
            n);
      }
    }
  }

  @Override
  public void deformableAttention(
      Tensor value, Levels levels, Tensor locations, Tensor weights, Tensor out) {
    int[] problem = problem(value, levels, locations);
    int rows = rows(locations);
    kernels.launch(
        DEFORMABLE,
        "deformableAttention",
        Grid.over((long) rows * lanes(value.dim(3))),
        value,
        locations,
        weights,
        words(levels),
        problem,
        out,
        rows);
  }

  @Override
  public void deformableAttentionBackward(
      Tensor gradOut,
      Tensor value,
      Levels levels,
      Tensor locations,
      Tensor weights,
      Tensor gradValue,
      Tensor gradLocations,
      Tensor gradWeights) {
    int[] problem = problem(value, levels, locations);
    int rows = rows(locations);
    if (gradValue != null) {
      elementwise.fill(gradValue, 0f);
    }
    int blocks = Grid.ceil((long) rows * lanes(value.dim(3)), 256);
    kernels.launch(
        DEFORMABLE,
        "deformableAttentionBackward",
        Grid.of(blocks, 256),
        gradOut,
        value,
        locations,
        weights,
        words(levels),
        problem,
        gradValue,
        gradLocations,
        gradWeights,
        rows);
  }

  private static int rows(Tensor locations) {
    return locations.shape().count(0, 3);
  }

  /** Threads for one query and head: a power of two, at most a warp. */
  private static int lanes(int d) {
    return Math.min(32, d <= 1 ? 1 : Integer.highestOneBit(d - 1) * 2);
  }

  private static int[] problem(Tensor value, Levels levels, Tensor locations) {
    int tokens = levels.tokens();
    int heads = value.dim(2);
    int d = value.dim(3);
    int queries = locations.dim(1);
    int points = locations.dim(4);
    return new int[] {queries, heads, d, points, tokens, lanes(d)};
  }

  /** The structure {@code {count, heights[8], widths[8], starts[8]}}. */
  private static int[] words(Levels levels) {
    int count = levels.count();
    if (count > MAX_LEVELS) {
      throw new IllegalArgumentException(
          "deformableAttention: at most %d levels, not %d".formatted(MAX_LEVELS, count));
    }
    int[] words = new int[1 + 3 * MAX_LEVELS];
    words[0] = count;
    for (int level = 0; level < count; level++) {
      words[1 + level] = levels.heights()[level];
      words[1 + MAX_LEVELS + level] = levels.widths()[level];
      words[1 + 2 * MAX_LEVELS + level] = levels.start(level);
    }
    return words;
  }
}
