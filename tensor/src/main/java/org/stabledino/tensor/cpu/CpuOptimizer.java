package org.stabledino.tensor.cpu;

import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Threads and shared numbers of parameter updates. */
final class CpuOptimizer implements OptimizerKernels {
  private static final int GRAIN = 1 << 14;

  private final ElementwiseLoops loops;
  private final Parallel parallel;

  /** The family by these loops, on these threads. */
  CpuOptimizer(CpuProvider provider, Parallel parallel) {
    this.loops = provider.elementwise();
    this.parallel = parallel;
  }

  @Override
  public void adamW(
      AdamW settings, Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment) {
    sameSize("adamW", "gradient", parameter, gradient);
    sameSize("adamW", "firstMoment", parameter, firstMoment);
    sameSize("adamW", "secondMoment", parameter, secondMoment);
    double correction1 = 1 - Math.pow(settings.beta1(), settings.step());
    double correction2 = 1 - Math.pow(settings.beta2(), settings.step());
    ElementwiseLoops.AdamStep step =
        new ElementwiseLoops.AdamStep(
            settings.gradScale(),
            settings.beta1(),
            settings.beta2(),
            (float) (1 - (double) settings.learningRate() * settings.weightDecay()),
            (float) (settings.learningRate() / correction1),
            (float) (1 / Math.sqrt(correction2)),
            settings.eps());
    parallel.run(
        parameter.size(),
        GRAIN,
        (i, end) ->
            loops.adamW(
                step,
                parameter.floats(),
                parameter.offset() + i,
                gradient.floats(),
                gradient.offset() + i,
                firstMoment.floats(),
                firstMoment.offset() + i,
                secondMoment.floats(),
                secondMoment.offset() + i,
                end - i));
  }

  @Override
  public double sumOfSquares(Tensor x) {
    return Sums.sumOfSquares(parallel, x.floats(), x.offset(), x.size());
  }

  @Override
  public void movingAverage(Tensor average, Tensor value, float decay) {
    sameSize("movingAverage", "value", average, value);
    parallel.run(
        average.size(),
        GRAIN,
        (i, end) ->
            loops.movingAverage(
                average.floats(),
                average.offset() + i,
                value.floats(),
                value.offset() + i,
                decay,
                end - i));
  }

  private static void sameSize(String op, String name, Tensor expected, Tensor actual) {
    if (expected.size() != actual.size()) {
      throw new ShapeMismatchException(
          op, name, expected.shape().toString(), actual.shape().toString(), "");
    }
  }
}
