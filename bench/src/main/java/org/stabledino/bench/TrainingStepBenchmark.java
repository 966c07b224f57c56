package org.stabledino.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole training step: denoising queries, forward, matching, losses, backward, clipping, AdamW.
 * Loading and augmenting run beside it on other threads in training and are not part of it.
 *
 * <p>For the small model this is the figure that decides how much it learns in a minute: its
 * kernels take microseconds, so whatever a step spends between them shows here and nowhere else.
 */
@Warmup(iterations = 3, time = 10)
@Measurement(iterations = 5, time = 10)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TrainingStepBenchmark extends DeviceWorkload {
  /** B x H x W, classes. The last takes 8 GB. */
  @Param({
    "small.scenes 2x128x128 classes 6",
    "small.bccd 2x240x320 classes 3",
    "r50 1x800x1333 classes 80"
  })
  public String shape;

  private TrainingCase training;

  /** A benchmark without a model yet. */
  public TrainingStepBenchmark() {}

  /** Makes the model, its optimiser and a batch. */
  @Setup
  public void setUp() {
    training = new TrainingCase(NamedShape.of(shape), DEVICE);
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  /**
   * One step.
   *
   * @return the loss
   */
  @Benchmark
  public float step() {
    return training.step();
  }
}
