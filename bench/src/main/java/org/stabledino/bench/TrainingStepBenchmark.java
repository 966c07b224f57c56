package org.stabledino.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.ParameterGroup;
import org.stabledino.tensor.Scope;

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
public class TrainingStepBenchmark extends Workload {
  private static final int OBJECTS = 5;

  /** B x H x W, classes. The last needs a large heap. */
  @Param({
    "small.scenes 2x128x128 classes 6",
    "small.bccd 2x240x320 classes 3",
    "r50 1x800x1333 classes 80"
  })
  public String shape;

  private ModelCase detector;
  private Criterion criterion;
  private AdamW optimizer;
  private GradientClipping clipping;
  private List<Targets> targets;
  private long[] imageIds;
  private long step;

  /** A benchmark without a model yet. */
  public TrainingStepBenchmark() {}

  /** Makes the model, its optimiser and a batch. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    detector = ModelCase.of(s);
    criterion = Criterion.of(detector.config());
    // A learning rate of 0 keeps the weights as they are, so that every call does the same work.
    optimizer =
        new AdamW(
            new ParameterGroup.Rule(0, 0.1, 0, ParameterGroup.Exempt.NORMS)
                .split(detector.model()));
    clipping = new GradientClipping(0.1);
    targets = new Scenes().batch(s.get(0), OBJECTS, s.get(3));
    imageIds = LongStream.range(0, s.get(0)).toArray();
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  // The order is that of the training loop.

  /**
   * One step.
   *
   * @return the loss
   */
  @Benchmark
  public float step() {
    try (Scope _ = Scope.open()) {
      DenoisingQueries denoising =
          DenoisingQueries.of(
              detector.config().denoising(),
              detector.config().numClasses(),
              detector.config().transformer().numQueries(),
              targets,
              DenoisingNoise.of(60, step++, imageIds));
      Variable total =
          criterion
              .forward(
                  detector.model().forward(detector.images(), detector.sizes(), denoising), targets)
              .total();
      total.backward();
      optimizer.step(1, clipping.measure(optimizer.parameters()).coefficient());
      detector.model().clearGrad();
      detector.model().notifyStateChanged();
      return total.item();
    }
  }
}
