package org.stabledino.tensor;

/** Kernels of matching and losses behind a check of their arguments. */
record CheckedLosses(LossKernels kernels) implements LossKernels {

  @Override
  public void overlaps(Tensor boxes, Tensor others, Tensor iou, Tensor giou) {
    Checks.floats("overlaps", "boxes others iou giou", boxes, others, iou, giou);
    Checks.shape("overlaps", "boxes", boxes, -1, 4);
    Checks.shape("overlaps", "others", others, -1, 4);
    Checks.shape("overlaps", "iou", iou, boxes.dim(0), others.dim(0));
    Checks.shape("overlaps", "giou", giou, boxes.dim(0), others.dim(0));
    kernels.overlaps(boxes, others, iou, giou);
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
    String op = "matchingCosts";
    String names = "logits boxes truth giou modulator largest out";
    Checks.floats(op, names, logits, boxes, truth, giou, modulator, largest, out);
    Checks.type(op, "labels", labels, DType.INT32, logits);
    Checks.rank(op, "logits", logits, 2);
    Checks.rank(op, "labels", labels, 1);
    int queries = logits.dim(0);
    int count = labels.dim(0);
    Checks.shape(op, "boxes", boxes, queries, 4);
    Checks.shape(op, "truth", truth, count, 4);
    Checks.shape(op, "giou", giou, queries, count);
    Checks.shape(op, "modulator", modulator, queries, count);
    Checks.together(op, "largest", largest, modulator);
    Checks.shape(op, "largest", largest, 1);
    Checks.shape(op, "out", out, queries, count);
    kernels.matchingCosts(cost, logits, labels, boxes, truth, giou, modulator, largest, out);
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
    Checks.floats("classLoss", "logits targets sum grad", logits, targets, sum, grad);
    Checks.type("classLoss", "labels", labels, DType.INT32, logits);
    Checks.rank("classLoss", "logits", logits, 2);
    Checks.shape("classLoss", "labels", labels, logits.dim(0));
    Checks.shape("classLoss", "targets", targets, logits.dim(0));
    Checks.shape("classLoss", "sum", sum, 1);
    Checks.shape("classLoss", "grad", grad, logits.dim(0), logits.dim(1));
    kernels.classLoss(focus, logits, labels, targets, scale, sum, grad);
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
    String op = "positionTargets";
    Checks.floats(op, "logits boxes truth out", logits, boxes, truth, out);
    Checks.type(op, "labels", labels, DType.INT32, logits);
    Checks.rank(op, "logits", logits, 2);
    Checks.rank(op, "labels", labels, 1);
    Checks.shape(op, "boxes", boxes, logits.dim(0), 4);
    Checks.shape(op, "truth", truth, labels.dim(0), 4);
    pairs(op, queries, targets, boxes);
    Checks.shape(op, "out", out, logits.dim(0));
    kernels.positionTargets(position, logits, boxes, labels, truth, queries, targets, out);
  }

  /** Which query is responsible for which target. */
  private static void pairs(String op, Tensor queries, Tensor targets, Tensor beside) {
    Checks.type(op, "queries", queries, DType.INT32, beside);
    Checks.type(op, "targets", targets, DType.INT32, beside);
    Checks.rank(op, "queries", queries, 1);
    Checks.shape(op, "targets", targets, queries.dim(0));
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
    Checks.floats("boxLoss", "boxes truth grad", boxes, truth, grad);
    Checks.shape("boxLoss", "boxes", boxes, -1, 4);
    Checks.shape("boxLoss", "truth", truth, -1, 4);
    pairs("boxLoss", queries, targets, boxes);
    Checks.type("boxLoss", "sums", sums, DType.FLOAT64, boxes);
    Checks.shape("boxLoss", "sums", sums, 2);
    Checks.shape("boxLoss", "grad", grad, boxes.dim(0), 4);
    kernels.boxLoss(boxes, truth, queries, targets, l1Scale, giouScale, sums, grad);
  }

  @Override
  public void total(Tensor classes, Tensor boxes, Tensor weights, Tensor total) {
    Checks.floats("total", "classes total", classes, total);
    Checks.type("total", "boxes", boxes, DType.FLOAT64, classes);
    Checks.type("total", "weights", weights, DType.FLOAT64, classes);
    Checks.rank("total", "classes", classes, 2);
    Checks.shape("total", "boxes", boxes, classes.dim(0), classes.dim(1), 2);
    Checks.shape("total", "weights", weights, classes.dim(0), 4);
    Checks.shape("total", "total", total, 1);
    kernels.total(classes, boxes, weights, total);
  }
}
