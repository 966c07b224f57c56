package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Normalisation on the CPU.
 *
 * <p>Statistics and weight gradients that cross chunks are kept one partial result a chunk and
 * added in the order of the chunks, whose borders depend on the shape alone.
 */
final class CpuNormalization implements NormalizationKernels {
  /** The least elements of a chunk, which outweigh starting it. */
  private static final int CHUNK = 1 << 13;

  /** The most partial results of a weight's gradient. */
  private static final int MOST_PARTIALS = 64;

  /** The most chunks of an image's positions: their sums must be added. */
  private static final int MOST_CHUNKS = 128;

  private final RowLoops loops;
  private final ChannelLoops channelLoops;
  private final Parallel pool;

  CpuNormalization(RowLoops loops, ChannelLoops channelLoops, Parallel pool) {
    this.loops = loops;
    this.channelLoops = channelLoops;
    this.pool = pool;
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor weight, Tensor bias, float eps, Tensor out, Tensor mean, Tensor inverseStd) {
    int n = x.dim(-1);
    int rows = n == 0 ? 0 : x.size() / n;
    float[] means = mean == null ? null : mean.floats();
    float[] inverses = mean == null ? null : inverseStd.floats();
    int mo = mean == null ? 0 : mean.offset();
    int io = mean == null ? 0 : inverseStd.offset();
    pool.run(
        rows,
        Math.max(1, CHUNK / Math.max(1, n)),
        (from, to) ->
            loops.layerNorm(
                x.floats(),
                x.offset() + from * n,
                weight.floats(),
                weight.offset(),
                bias.floats(),
                bias.offset(),
                eps,
                out.floats(),
                out.offset() + from * n,
                means,
                mo + from,
                inverses,
                io + from,
                to - from,
                n));
  }

  @Override
  public void layerNormBackward(
      Tensor gradOut,
      Tensor x,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias) {
    int n = x.dim(-1);
    int rows = n == 0 ? 0 : x.size() / n;
    int grain =
        Math.max((rows + MOST_PARTIALS - 1) / MOST_PARTIALS, Math.max(1, CHUNK / Math.max(1, n)));
    int chunks = (rows + grain - 1) / grain;
    boolean sum = gradWeight != null || gradBias != null;
    try (Scope _ = Scope.open()) {
      float[] partials = sum ? Tensor.zeros(chunks, 2, n).floats() : null;
      pool.run(
          rows,
          grain,
          (from, to) ->
              loops.layerNormBackward(
                  gradOut.floats(),
                  gradOut.offset() + from * n,
                  x.floats(),
                  x.offset() + from * n,
                  weight.floats(),
                  weight.offset(),
                  mean.floats(),
                  mean.offset() + from,
                  inverseStd.floats(),
                  inverseStd.offset() + from,
                  gradX == null ? null : gradX.floats(),
                  gradX == null ? 0 : gradX.offset() + from * n,
                  partials,
                  from / grain * 2 * n,
                  to - from,
                  n));
      if (sum) {
        addPartials(partials, 0, chunks, n, gradWeight);
        addPartials(partials, n, chunks, n, gradBias);
      }
    }
  }

  /** {@code out[c]} = the sum over chunks of {@code partials[chunk * 2n + first + c]}. */
  private void addPartials(float[] partials, int first, int chunks, int n, Tensor out) {
    if (out == null) {
      return;
    }
    Arrays.fill(out.floats(), out.offset(), out.offset() + n, 0f);
    for (int chunk = 0; chunk < chunks; chunk++) {
      loops.add(partials, chunk * 2 * n + first, out.floats(), out.offset(), n);
    }
  }

  @Override
  public void groupNorm(
      Tensor x,
      int groups,
      Tensor weight,
      Tensor bias,
      float eps,
      Activation activation,
      Tensor out,
      Tensor mean,
      Tensor inverseStd) {
    int images = x.dim(0);
    int n = x.dim(-1);
    int rows = images == 0 || n == 0 ? 0 : x.size() / images / n;
    if (rows == 0) {
      return;
    }
    Chunks chunks = new Chunks(images, rows, n);
    try (Scope _ = Scope.open()) {
      float[] partials = Tensor.empty(chunks.count(), 2, n).floats();
      // Moments about each channel's first value: one pass, and no cancellation where the mean is
      // large against the deviation.
      chunks.run(
          pool,
          (chunk, image, from, count) ->
              channelLoops.channelMoments(
                  x.floats(),
                  x.offset() + (image * rows + from) * n,
                  x.floats(),
                  x.offset() + image * rows * n,
                  partials,
                  chunk * 2 * n,
                  count,
                  n));
      float[] channels = Tensor.empty(images, 3, n).floats();
      for (int image = 0; image < images; image++) {
        double[] sums = chunks.total(partials, image);
        for (int group = 0; group < groups; group++) {
          int first = n / groups * group;
          int end = first + n / groups;
          long elements = (long) rows * (end - first);
          double sum = 0;
          for (int c = first; c < end; c++) {
            sum += sums[c] + (double) rows * x.floats()[x.offset() + image * rows * n + c];
          }
          double centre = sum / elements;
          double squares = 0;
          for (int c = first; c < end; c++) {
            double d = centre - x.floats()[x.offset() + image * rows * n + c];
            squares += sums[n + c] - 2 * d * sums[c] + rows * d * d;
          }
          double inverse = 1 / Math.sqrt(Math.max(0, squares / elements) + eps);
          for (int c = first; c < end; c++) {
            int at = image * 3 * n + c;
            channels[at] = (float) centre;
            channels[at + n] = (float) inverse * weight.floats()[weight.offset() + c];
            channels[at + 2 * n] = bias.floats()[bias.offset() + c];
          }
          if (mean != null) {
            mean.floats()[mean.offset() + image * groups + group] = (float) centre;
            inverseStd.floats()[inverseStd.offset() + image * groups + group] = (float) inverse;
          }
        }
      }
      chunks.runBackwards(
          pool,
          (chunk, image, from, count) ->
              channelLoops.channelNormalize(
                  x.floats(),
                  x.offset() + (image * rows + from) * n,
                  channels,
                  image * 3 * n,
                  activation == Activation.RELU,
                  out.floats(),
                  out.offset() + (image * rows + from) * n,
                  count,
                  n));
    }
  }

  @Override
  public void groupNormBackward(
      Tensor gradOut,
      Tensor x,
      int groups,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias) {
    int images = x.dim(0);
    int n = x.dim(-1);
    int rows = images == 0 || n == 0 ? 0 : x.size() / images / n;
    double[] gradWeights = new double[n];
    double[] gradBiases = new double[n];
    if (rows > 0) {
      Chunks chunks = new Chunks(images, rows, n);
      try (Scope _ = Scope.open()) {
        float[] partials = Tensor.empty(chunks.count(), 2, n).floats();
        float[] centres = new float[images * n];
        for (int i = 0; i < centres.length; i++) {
          int group = i % n / (n / groups);
          centres[i] = mean.floats()[mean.offset() + i / n * groups + group];
        }
        chunks.run(
            pool,
            (chunk, image, from, count) ->
                channelLoops.channelProducts(
                    gradOut.floats(),
                    gradOut.offset() + (image * rows + from) * n,
                    x.floats(),
                    x.offset() + (image * rows + from) * n,
                    centres,
                    image * n,
                    partials,
                    chunk * 2 * n,
                    count,
                    n));
        float[] pqr = new float[images * 3 * n];
        for (int image = 0; image < images; image++) {
          double[] sums = chunks.total(partials, image);
          for (int group = 0; group < groups; group++) {
            int first = n / groups * group;
            int end = first + n / groups;
            double centre = mean.floats()[mean.offset() + image * groups + group];
            double inverse = inverseStd.floats()[inverseStd.offset() + image * groups + group];
            double sum = 0;
            double product = 0;
            for (int c = first; c < end; c++) {
              sum += weight.floats()[weight.offset() + c] * sums[c];
              product += weight.floats()[weight.offset() + c] * sums[n + c];
              gradBiases[c] += sums[c];
              gradWeights[c] += inverse * sums[n + c];
            }
            // gradX = g * w * inverse - mean(g w) * inverse - (x - centre) * q
            long elements = (long) rows * (end - first);
            double q = product / elements * inverse * inverse * inverse;
            double r = centre * q - sum / elements * inverse;
            for (int c = first; c < end; c++) {
              pqr[image * 3 * n + c] = (float) (weight.floats()[weight.offset() + c] * inverse);
              pqr[image * 3 * n + n + c] = (float) -q;
              pqr[image * 3 * n + 2 * n + c] = (float) r;
            }
          }
        }
        if (gradX != null) {
          chunks.runBackwards(
              pool,
              (chunk, image, from, count) ->
                  channelLoops.channelCombine(
                      gradOut.floats(),
                      gradOut.offset() + (image * rows + from) * n,
                      x.floats(),
                      x.offset() + (image * rows + from) * n,
                      pqr,
                      image * 3 * n,
                      gradX.floats(),
                      gradX.offset() + (image * rows + from) * n,
                      count,
                      n));
        }
      }
    }
    store(gradWeights, gradWeight);
    store(gradBiases, gradBias);
  }

  private static void store(double[] values, Tensor out) {
    for (int c = 0; out != null && c < values.length; c++) {
      out.floats()[out.offset() + c] = (float) values[c];
    }
  }

  /** Positions of each image in chunks of about the same size. */
  private static final class Chunks {
    private final int images;
    private final int rows;
    private final int n;
    private final int grain;
    private final int perImage;

    Chunks(int images, int rows, int n) {
      this.images = images;
      this.rows = rows;
      this.n = n;
      grain = Math.max(Math.max(1, CHUNK / n), (rows + MOST_CHUNKS - 1) / MOST_CHUNKS);
      perImage = (rows + grain - 1) / grain;
    }

    interface Work {
      void run(int chunk, int image, int from, int count);
    }

    int count() {
      return images * perImage;
    }

    void run(Parallel pool, Work work) {
      pool.run(count(), 1, (begin, end) -> run(begin, end, work));
    }

    /** From the last chunk to the first: what has just been read may still be in a cache. */
    void runBackwards(Parallel pool, Work work) {
      pool.run(count(), 1, (begin, end) -> run(count() - end, count() - begin, work));
    }

    private void run(int begin, int end, Work work) {
      for (int chunk = begin; chunk < end; chunk++) {
        int from = chunk % perImage * grain;
        work.run(chunk, chunk / perImage, from, Math.min(grain, rows - from));
      }
    }

    /** The sum of one image's partial results, each of 2n. */
    double[] total(float[] partials, int image) {
      double[] total = new double[2 * n];
      for (int chunk = image * perImage; chunk < (image + 1) * perImage; chunk++) {
        for (int i = 0; i < 2 * n; i++) {
          total[i] += partials[chunk * 2 * n + i];
        }
      }
      return total;
    }
  }
}
