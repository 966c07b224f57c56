package org.stabledino.tensor.cpu;

import java.util.Collection;
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
      AdamW settings,
      Tensor gradScale,
      Tensor parameter,
      Tensor gradient,
      Tensor firstMoment,
      Tensor secondMoment) {
    sameSize("adamW", "gradient", parameter, gradient);
    sameSize("adamW", "firstMoment", parameter, firstMoment);
    sameSize("adamW", "secondMoment", parameter, secondMoment);
    float scale = only(gradScale);
    if (Float.isNaN(scale)) {
      return;
    }
    double correction1 = 1 - Math.pow(settings.beta1(), settings.step());
    double correction2 = 1 - Math.pow(settings.beta2(), settings.step());
    ElementwiseLoops.AdamStep step =
        new ElementwiseLoops.AdamStep(
            scale,
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
  public void sumOfSquares(Collection<Tensor> tensors, Tensor sum) {
    double total = 0;
    for (Tensor x : tensors) {
      total += Sums.sumOfSquares(parallel, x.floats(), x.offset(), x.size());
    }
    sum.doubles()[sum.offset()] = total;
  }

  @Override
  public void clipping(Tensor sumOfSquares, Tensor loss, double maxNorm, Tensor coefficient) {
    double norm = Math.sqrt(sumOfSquares.doubles()[sumOfSquares.offset()]);
    boolean finite = Double.isFinite(norm) && Float.isFinite(only(loss));
    coefficient.floats()[coefficient.offset()] =
        finite ? (float) Math.min(1, maxNorm / (norm + 1e-6)) : Float.NaN;
  }

  private static float only(Tensor tensor) {
    return tensor.floats()[tensor.offset()];
  }

  @Override
  public void movingAverage(Tensor average, Tensor value, float decay, Tensor coefficient) {
    sameSize("movingAverage", "value", average, value);
    if (coefficient != null && Float.isNaN(only(coefficient))) {
      return;
    }
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
