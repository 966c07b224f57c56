package org.stabledino.tensor;

import java.util.Collection;

/** Updates of parameters behind a check of their arguments. */
record CheckedOptimizer(OptimizerKernels kernels) implements OptimizerKernels {

  @Override
  public void adamW(
      AdamW settings, Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment) {
    Checks.floats(
        "adamW",
        "parameter gradient firstMoment secondMoment",
        parameter,
        gradient,
        firstMoment,
        secondMoment);
    Checks.like("adamW", "gradient", gradient, parameter);
    Checks.like("adamW", "firstMoment", firstMoment, parameter);
    Checks.like("adamW", "secondMoment", secondMoment, parameter);
    kernels.adamW(settings, parameter, gradient, firstMoment, secondMoment);
  }

  @Override
  public double sumOfSquares(Tensor x) {
    Checks.floats("sumOfSquares", "x", x);
    return kernels.sumOfSquares(x);
  }

  @Override
  public double sumOfSquares(Collection<Tensor> tensors) {
    tensors.forEach(tensor -> Checks.floats("sumOfSquares", "tensors", tensor));
    return kernels.sumOfSquares(tensors);
  }

  @Override
  public void movingAverage(Tensor average, Tensor value, float decay) {
    Checks.floats("movingAverage", "average value", average, value);
    Checks.like("movingAverage", "value", value, average);
    kernels.movingAverage(average, value, decay);
  }
}
