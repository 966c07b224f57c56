package org.stabledino.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;
import org.stabledino.autograd.GradMode;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;

/**
 * Detection: pixels to logits and boxes, without recording. Decoding and post-processing are not
 * part of it.
 */
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ForwardBenchmark extends DeviceWorkload {
  /** B x H x W, classes. */
  @Param({
    "small.scenes 1x128x128 classes 6",
    "small.bccd 1x240x320 classes 3",
    "r50 1x800x1333 classes 80"
  })
  public String shape;

  private ModelCase detector;

  /** A benchmark without a model yet. */
  public ForwardBenchmark() {}

  /** Makes the model and its input. */
  @Setup
  public void setUp() {
    detector = ModelCase.of(NamedShape.of(shape));
    detector.model().train(false);
    detector.model().to(DEVICE);
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  // One image at a time, as a user detects; the scope gives the memory back after each.

  /**
   * Detects.
   *
   * @return a coordinate of the first box
   */
  @Benchmark
  public float detect() {
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      return detector
          .model()
          .detect(detector.images(), detector.sizes())
          .boxes()
          .data()
          .to(Device.CPU)
          .get(0, 0, 0);
    }
  }
}
