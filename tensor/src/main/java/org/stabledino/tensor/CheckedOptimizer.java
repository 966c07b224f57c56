package org.stabledino.tensor;

import java.util.Collection;

/** Updates of parameters behind a check of their arguments. */
record CheckedOptimizer(OptimizerKernels kernels) implements OptimizerKernels {

  @Override
  public void adamW(
      AdamW settings,
      Tensor gradScale,
      Tensor parameter,
      Tensor gradient,
      Tensor firstMoment,
      Tensor secondMoment) {
    Checks.floats(
        "adamW",
        "gradScale parameter gradient firstMoment secondMoment",
        gradScale,
        parameter,
        gradient,
        firstMoment,
        secondMoment);
    Checks.shape("adamW", "gradScale", gradScale, 1);
    Checks.like("adamW", "gradient", gradient, parameter);
    Checks.like("adamW", "firstMoment", firstMoment, parameter);
    Checks.like("adamW", "secondMoment", secondMoment, parameter);
    kernels.adamW(settings, gradScale, parameter, gradient, firstMoment, secondMoment);
  }

  @Override
  public void sumOfSquares(Collection<Tensor> tensors, Tensor sum) {
    for (Tensor tensor : tensors) {
      Checks.floats("sumOfSquares", "tensors", tensor);
      Checks.type("sumOfSquares", "sum", sum, DType.FLOAT64, tensor);
    }
    Checks.type("sumOfSquares", "sum", sum, DType.FLOAT64);
    Checks.shape("sumOfSquares", "sum", sum, 1);
    kernels.sumOfSquares(tensors, sum);
  }

  @Override
  public void clipping(Tensor sumOfSquares, Tensor loss, double maxNorm, Tensor coefficient) {
    Checks.floats("clipping", "loss coefficient", loss, coefficient);
    Checks.type("clipping", "sumOfSquares", sumOfSquares, DType.FLOAT64, loss);
    Checks.shape("clipping", "sumOfSquares", sumOfSquares, 1);
    Checks.shape("clipping", "loss", loss, 1);
    Checks.shape("clipping", "coefficient", coefficient, 1);
    kernels.clipping(sumOfSquares, loss, maxNorm, coefficient);
  }

  @Override
  public void movingAverage(Tensor average, Tensor value, float decay, Tensor coefficient) {
    Checks.floats("movingAverage", "average value coefficient", average, value, coefficient);
    Checks.like("movingAverage", "value", value, average);
    Checks.shape("movingAverage", "coefficient", coefficient, 1);
    kernels.movingAverage(average, value, decay, coefficient);
  }
}
