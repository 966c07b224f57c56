package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.NORMALIZATION;

import org.stabledino.tensor.Activation;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.Tensor;

/** Launches of {@code normalization.cu}, which sees both normalisations as one. */
final class CudaNormalization implements NormalizationKernels {
  private static final int COLUMNS = 32;
  private static final int ROW_THREADS = 8;

  private final Kernels kernels;
  private final Sums sums;
  private final DeviceMemory memory;

  /** The family on a device. */
  CudaNormalization(Kernels kernels, Sums sums, DeviceMemory memory) {
    this.kernels = kernels;
    this.sums = sums;
    this.memory = memory;
  }

  /** Sets to normalise: each of the images' groups, {@code size} channels at {@code positions}. */
  private record Sets(int images, int groups, int positions, int size) {
    int count() {
      return images * groups;
    }

    /** Threads for one set: no more than it has elements, in whole warps. */
    int threads(int most) {
      long elements = (long) positions * size;
      return (int) Math.min(most, (elements + 31) / 32 * 32);
    }
  }

  private static Sets rows(Tensor x) {
    return new Sets(x.shape().count(0, x.rank() - 1), 1, 1, x.dim(-1));
  }

  private static Sets groups(Tensor x, int groups) {
    int channels = x.dim(-1);
    return new Sets(x.dim(0), groups, x.shape().count(1, x.rank() - 1), channels / groups);
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor weight, Tensor bias, float eps, Tensor out, Tensor mean, Tensor inverseStd) {
    forward(x, rows(x), weight, bias, eps, Activation.NONE, out, mean, inverseStd);
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
    Sets sets = groups(x, groups);
    forward(x, sets, weight, bias, eps, activation, out, mean, inverseStd);
  }

  private void forward(
      Tensor x,
      Sets sets,
      Tensor weight,
      Tensor bias,
      float eps,
      Activation activation,
      Tensor out,
      Tensor mean,
      Tensor inverseStd) {
    if (x.size() == 0) {
      return;
    }
    kernels.launch(
        NORMALIZATION,
        "normalize",
        Grid.of(sets.count(), sets.threads(sets.positions() == 1 ? 256 : 1024)),
        x,
        weight,
        bias,
        sets.groups(),
        sets.positions(),
        sets.size(),
        eps,
        activation == Activation.RELU ? 1 : 0,
        out,
        mean,
        inverseStd);
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
    backward(gradOut, x, rows(x), weight, mean, inverseStd, gradX, gradWeight, gradBias);
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
    Sets sets = groups(x, groups);
    backward(gradOut, x, sets, weight, mean, inverseStd, gradX, gradWeight, gradBias);
  }

  private void backward(
      Tensor gradOut,
      Tensor x,
      Sets sets,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias) {
    if (gradX != null && x.size() > 0) {
      kernels.launch(
          NORMALIZATION,
          "normalizeBackward",
          Grid.of(sets.count(), sets.threads(sets.positions() == 1 ? 256 : 1024)),
          gradOut,
          x,
          weight,
          mean,
          inverseStd,
          sets.groups(),
          sets.positions(),
          sets.size(),
          gradX);
    }
    if (gradWeight != null || gradBias != null) {
      weights(gradOut, x, sets, mean, inverseStd, gradWeight, gradBias);
    }
  }

  private void weights(
      Tensor gradOut,
      Tensor x,
      Sets sets,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradWeight,
      Tensor gradBias) {
    int channels = x.dim(-1);
    int rows = sets.images() * sets.positions();
    int chunk = Sums.chunkRows(rows);
    int chunks = Grid.ceil(rows, chunk);
    try (DeviceMemory.Block weightParts = memory.take(8L * chunks * channels);
        DeviceMemory.Block biasParts = memory.take(8L * chunks * channels)) {
      kernels.launch(
          NORMALIZATION,
          "normalizeBackwardWeight",
          new Grid(Grid.ceil(channels, COLUMNS), chunks, 1, COLUMNS, ROW_THREADS),
          gradOut,
          x,
          mean,
          inverseStd,
          rows,
          sets.groups(),
          sets.positions(),
          sets.size(),
          chunk,
          weightParts,
          biasParts);
      if (gradWeight != null) {
        sums.finish(weightParts, chunks, channels, gradWeight);
      }
      if (gradBias != null) {
        sums.finish(biasParts, chunks, channels, gradBias);
      }
    }
  }
}
