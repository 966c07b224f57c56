package org.stabledino.tensor;

/** Updates of parameters behind a check of their arguments. */
record CheckedOptimizer(OptimizerKernels kernels) implements OptimizerKernels {

  @Override
  public void adamW(
      AdamW settings, Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment) {
    Checks.like("adamW", "gradient", gradient, parameter);
    Checks.like("adamW", "firstMoment", firstMoment, parameter);
    Checks.like("adamW", "secondMoment", secondMoment, parameter);
    kernels.adamW(settings, parameter, gradient, firstMoment, secondMoment);
  }

  @Override
  public double sumOfSquares(Tensor x) {
    return kernels.sumOfSquares(x);
  }

  @Override
  public void movingAverage(Tensor average, Tensor value, float decay) {
    Checks.like("movingAverage", "value", value, average);
    kernels.movingAverage(average, value, decay);
  }
}
