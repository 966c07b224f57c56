package org.stabledino.bench;

import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.OptimizerKernels.AdamW;
import org.stabledino.tensor.Tensor;

/** What follows the backward pass: the gradient's norm, the update, and the moving average. */
public class OptimizerBenchmark extends DeviceWorkload {
  private static final AdamW SETTINGS = new AdamW(1e-4f, 0.9f, 0.999f, 1e-8f, 1e-4f, 100);

  /** Trained values: one linear layer, the small model, one large tensor of R50's size. */
  @Param({"small.linear 64x64", "small.model 992000", "r50.model 47700000"})
  public String shape;

  private OptimizerKernels kernels;
  private Tensor parameter;
  private Tensor gradient;
  private Tensor firstMoment;
  private Tensor secondMoment;
  private Tensor average;
  private Tensor gradScale;
  private Tensor sum;

  /** A benchmark without memory yet. */
  public OptimizerBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    int size = (int) NamedShape.of(shape).count();
    Inputs inputs = inputs();
    kernels = backend().optimizer();
    parameter = inputs.uniform(size);
    gradient = inputs.uniform(size);
    firstMoment = inputs.uniform(size);
    secondMoment = inputs.between(0.1f, 1f, size);
    average = inputs.uniform(size);
    gradScale = backend().upload(Tensor.full(0.5f, 1));
    sum = backend().upload(Tensor.of(new double[1], 1));
  }

  @Override
  Work work(String method) {
    int passes =
        switch (method) {
          case "adamW" -> 7;
          case "movingAverage" -> 3;
          default -> 1;
        };
    return Work.floats(passes * NamedShape.of(shape).count());
  }

  // Four tensors read, three written.

  /**
   * One AdamW update.
   *
   * @return the parameter
   */
  @Benchmark
  public Tensor adamW() {
    kernels.adamW(SETTINGS, gradScale, parameter, gradient, firstMoment, secondMoment);
    return done(parameter);
  }

  // For clipping; summed in double precision.

  /**
   * The squared norm of the gradient.
   *
   * @return the sum
   */
  @Benchmark
  public Tensor sumOfSquares() {
    kernels.sumOfSquares(List.of(gradient), sum);
    return done(sum);
  }

  // Two tensors read, one written.

  /**
   * One step of the averaged weights.
   *
   * @return the average
   */
  @Benchmark
  public Tensor movingAverage() {
    kernels.movingAverage(average, parameter, 0.999f, null);
    return done(average);
  }
}
