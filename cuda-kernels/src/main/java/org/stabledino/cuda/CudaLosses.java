package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.LOSSES;

import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.Tensor;

/** Launches of {@code losses.cu}. */
final class CudaLosses implements LossKernels {
  private static final int THREADS = 256;

  /** Blocks of a class loss at most: their sums are added one after the other. */
  private static final int MOST_BLOCKS = 64;

  private final Kernels kernels;
  private final Sums sums;
  private final DeviceMemory memory;

  /** The family on a device. */
  CudaLosses(Kernels kernels, Sums sums, DeviceMemory memory) {
    this.kernels = kernels;
    this.sums = sums;
    this.memory = memory;
  }

  @Override
  public void overlaps(Tensor boxes, Tensor others, Tensor iou, Tensor giou) {
    int m = others.dim(0);
    int pairs = boxes.dim(0) * m;
    kernels.launch(LOSSES, "overlaps", Grid.over(pairs), boxes, others, m, iou, giou, pairs);
  }

  @Override
  public void matchingCosts(
      Cost cost,
      Tensor logits,
      Tensor labels,
      Tensor boxes,
      Tensor truth,
      Tensor giou,
      Tensor modulator,
      Tensor largest,
      Tensor out) {
    int pairs = out.size();
    kernels.launch(
        LOSSES,
        "matchingCosts",
        Grid.over(pairs),
        (float) cost.classWeight(),
        (float) cost.l1Weight(),
        (float) cost.giouWeight(),
        (float) cost.exponent(),
        (float) cost.alpha(),
        (float) cost.gamma(),
        logits,
        logits.dim(1),
        labels,
        labels.dim(0),
        boxes,
        truth,
        giou,
        modulator,
        largest,
        out,
        pairs);
  }

  @Override
  public void classLoss(
      Focus focus,
      Tensor logits,
      Tensor labels,
      Tensor targets,
      float scale,
      Tensor sum,
      Tensor grad) {
    int n = logits.size();
    int blocks = Math.min(MOST_BLOCKS, Grid.ceil(n, THREADS));
    try (DeviceMemory.Block partial = memory.take(8L * blocks)) {
      kernels.launch(
          LOSSES,
          "classLoss",
          Grid.of(blocks, THREADS),
          (float) focus.alpha(),
          (float) focus.gamma(),
          focus.finite() ? 1 : 0,
          logits,
          logits.dim(1),
          labels,
          targets,
          scale,
          partial,
          grad,
          n);
      sums.finish(partial, blocks, 1, sum);
    }
  }

  @Override
  public void positionTargets(
      Position position,
      Tensor logits,
      Tensor boxes,
      Tensor labels,
      Tensor truth,
      Tensor queries,
      Tensor targets,
      Tensor out) {
    kernels.launch(
        LOSSES,
        "positionTargets",
        Grid.of(1, THREADS),
        position.probabilityExponent(),
        position.iouExponent(),
        position.curve().ordinal(),
        position.largestIou() ? 1 : 0,
        position.finite() ? 1 : 0,
        logits,
        logits.dim(0),
        logits.dim(1),
        boxes,
        labels,
        truth,
        truth.dim(0),
        queries,
        targets,
        queries.dim(0),
        out);
  }

  @Override
  public void boxLoss(
      Tensor boxes,
      Tensor truth,
      Tensor queries,
      Tensor targets,
      double l1Scale,
      double giouScale,
      Tensor sums,
      Tensor grad) {
    kernels.launch(
        LOSSES,
        "boxLoss",
        Grid.of(1, THREADS),
        l1Scale,
        giouScale,
        boxes,
        boxes.dim(0),
        truth,
        truth.dim(0),
        queries,
        targets,
        queries.dim(0),
        sums,
        grad);
  }

  @Override
  public void total(Tensor classes, Tensor boxes, Tensor weights, Tensor total) {
    kernels.launch(
        LOSSES,
        "total",
        Grid.of(1, 1),
        classes,
        boxes,
        weights,
        classes.dim(0),
        classes.dim(1),
        total);
  }
}
