package org.stabledino.bench;

import java.util.List;
import java.util.stream.LongStream;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.ParameterGroup;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;

/** A detector in training: model, losses, optimiser and a batch of five objects an image. */
final class TrainingCase {
  private static final int OBJECTS = 5;

  private final ModelCase detector;
  private final Criterion criterion;
  private final AdamW optimizer;
  private final GradientClipping clipping;
  private final List<Targets> targets;
  private final long[] imageIds;
  private long step;

  /** On the CPU: the model, its optimiser and a batch; see {@link ModelCase#of} for the shape. */
  TrainingCase(NamedShape shape) {
    this(shape, Device.CPU);
  }

  /** The same on any device. */
  TrainingCase(NamedShape shape, Device device) {
    detector = ModelCase.of(shape);
    detector.model().to(device);
    criterion = Criterion.of(detector.config());
    // A learning rate of 0 keeps the weights as they are, so that every call does the same work.
    optimizer =
        new AdamW(
            new ParameterGroup.Rule(0, 0.1, 0, ParameterGroup.Exempt.NORMS)
                .split(detector.model()));
    clipping = new GradientClipping(0.1);
    targets = new Scenes().batch(shape.get(0), OBJECTS, shape.get(3));
    imageIds = LongStream.range(0, shape.get(0)).toArray();
  }

  /** One step in the order of the training loop; returns the loss. */
  float step() {
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
      optimizer.step(1, clipping.queue(optimizer.parameters(), total.data()).coefficient());
      detector.model().clearGrad();
      detector.model().notifyStateChanged();
      return total.item();
    }
  }
}
