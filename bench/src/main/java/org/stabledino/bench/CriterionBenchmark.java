package org.stabledino.bench;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.model.DenoisingLayout;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.tensor.Scope;

/**
 * Everything between the model's output and the gradient of its outputs: matching at every head,
 * the three losses of every layer, of the encoder and of the denoising queries, and their backward
 * pass.
 */
public class CriterionBenchmark extends Workload {
  /** B x queries, classes, targets of each image, decoder layers, denoising groups of pairs. */
  @Param({
    "small 2x50 classes 6 targets 5 layers 2 groups 12",
    "r50.usual 2x900 classes 80 targets 8 layers 6 groups 12",
    "r50.crowded 2x900 classes 80 targets 50 layers 6 groups 2"
  })
  public String shape;

  private Criterion criterion;
  private ModelOutput output;
  private List<Targets> targets;
  private final List<Variable> leaves = new ArrayList<>();

  /** A benchmark without state yet. */
  public CriterionBenchmark() {}

  /** Draws an output of the model and targets. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    Inputs inputs = new Inputs();
    DenoisingLayout denoising = new DenoisingLayout(s.get(5), 2, s.get(3));
    int queries = s.get(1);
    List<Prediction> layers = new ArrayList<>();
    for (int layer = 0; layer < s.get(4); layer++) {
      layers.add(prediction(inputs, s.get(0), denoising.queries() + queries, s.get(2)));
    }
    Prediction encoder = prediction(inputs, s.get(0), queries, s.get(2));
    output = new ModelOutput(layers, encoder, denoising);
    targets = new Scenes().batch(s.get(0), s.get(3), s.get(2));
    criterion = new Criterion(MatchingConfig.STABLE, LossConfig.STABLE, true);
  }

  private Prediction prediction(Inputs inputs, int batch, int queries, int classes) {
    Variable logits = Variable.leaf(inputs.between(-6f, 1f, batch, queries, classes));
    Variable boxes = Variable.leaf(inputs.between(0.1f, 0.9f, batch, queries, 4));
    leaves.add(logits);
    leaves.add(boxes);
    return new Prediction(logits, boxes);
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  // In double precision; the logarithms of the class losses dominate, and are shared by the
  // threads.

  /**
   * Losses and the gradients of all predictions.
   *
   * @return the total loss
   */
  @Benchmark
  public float forwardAndBackward() {
    try (Scope _ = Scope.open()) {
      Variable total = criterion.forward(output, targets).total();
      total.backward();
      leaves.forEach(Variable::clearGrad);
      return total.item();
    }
  }
}
