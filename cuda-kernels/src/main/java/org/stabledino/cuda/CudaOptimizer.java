package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.OPTIMIZER;

import java.util.Collection;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.Tensor;

/** Launches of {@code optimizer.cu}. */
final class CudaOptimizer implements OptimizerKernels {
  private final Kernels kernels;
  private final Sums sums;

  /** The family on a device. */
  CudaOptimizer(Kernels kernels, Sums sums) {
    this.kernels = kernels;
    this.sums = sums;
  }

  @Override
  public void adamW(
      AdamW settings,
      Tensor gradScale,
      Tensor parameter,
      Tensor gradient,
      Tensor firstMoment,
      Tensor secondMoment) {
    int n = parameter.size();
    double correction1 = 1 - Math.pow(settings.beta1(), settings.step());
    double correction2 = 1 - Math.pow(settings.beta2(), settings.step());
    kernels.launch(
        OPTIMIZER,
        "adamW",
        Grid.over(n),
        gradScale,
        settings.beta1(),
        settings.beta2(),
        (float) (1 - (double) settings.learningRate() * settings.weightDecay()),
        (float) (settings.learningRate() / correction1),
        (float) (1 / Math.sqrt(correction2)),
        settings.eps(),
        parameter,
        gradient,
        firstMoment,
        secondMoment,
        n);
  }

  @Override
  public void sumOfSquares(Collection<Tensor> tensors, Tensor sum) {
    sums.sumOfSquares(tensors, sum);
  }

  @Override
  public void clipping(Tensor sumOfSquares, Tensor loss, double maxNorm, Tensor coefficient) {
    kernels.launch(OPTIMIZER, "clipping", Grid.of(1, 1), sumOfSquares, loss, maxNorm, coefficient);
  }

  @Override
  public void movingAverage(Tensor average, Tensor value, float decay, Tensor coefficient) {
    int n = average.size();
    kernels.launch(OPTIMIZER, "movingAverage", Grid.over(n), average, value, decay, coefficient, n);
  }
}
