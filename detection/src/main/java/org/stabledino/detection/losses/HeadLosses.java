package org.stabledino.detection.losses;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.Prediction;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * The weighted sum of the losses of all heads as one op: {@code sum over heads of (wc class + wl L1
 * + wg (1 - GIoU)) / normaliser}.
 *
 * <p>The gradients are computed together with the values, since both need the same logarithms;
 * backward only scales them. Heads may look at different queries of the same variables. All is
 * computed where the model is, and nobody waits for it.
 */
final class HeadLosses extends Function {

  /**
   * The losses of one head.
   *
   * @param suffix what its keys end in, such as {@code _0}
   * @param prediction what the head says
   * @param predictions the part of it that the losses look at
   * @param matchings the positives of each image
   * @param classLoss loss of the classes
   * @param classWeight its weight
   * @param normaliser what the sums are divided by
   */
  record Head(
      String suffix,
      Prediction prediction,
      Predictions predictions,
      List<Matching> matchings,
      ClassificationLoss classLoss,
      double classWeight,
      double normaliser) {}

  private final List<Head> heads;
  private final List<Targets> batch;
  private final double l1Weight;
  private final double giouWeight;
  private final Tensor classSums;
  private final Tensor boxSums;
  private final Map<Variable, Tensor> gradients = new IdentityHashMap<>();

  private HeadLosses(List<Head> heads, List<Targets> batch, double l1Weight, double giouWeight) {
    super(inputs(heads));
    this.heads = heads;
    this.batch = batch;
    this.l1Weight = l1Weight;
    this.giouWeight = giouWeight;
    Backend backend = backend();
    classSums = backend.empty(DType.FLOAT32, Shape.of(heads.size(), batch.size()));
    boxSums = backend.empty(DType.FLOAT64, Shape.of(heads.size(), batch.size(), 2));
  }

  private static Variable[] inputs(List<Head> heads) {
    List<Variable> inputs = new ArrayList<>();
    for (Head head : heads) {
      for (Variable variable : List.of(head.prediction().logits(), head.prediction().boxes())) {
        if (inputs.stream().noneMatch(known -> known == variable)) {
          inputs.add(variable);
        }
      }
    }
    return inputs.toArray(Variable[]::new);
  }

  /**
   * The weighted sum, and what it sums.
   *
   * @param total a scalar
   * @param classes the class loss of each head and image, shape [heads, images]
   * @param boxes L1 distance and 1 - GIoU of each, float64, shape [heads, images, 2]
   */
  record Result(Variable total, Tensor classes, Tensor boxes) {}

  /**
   * The weighted sum.
   *
   * @param heads what is summed
   * @param batch targets of the images
   * @param l1Weight weight of the L1 losses
   * @param giouWeight weight of the GIoU losses
   * @return where the model computes
   */
  static Result apply(List<Head> heads, List<Targets> batch, double l1Weight, double giouWeight) {
    HeadLosses losses = new HeadLosses(heads, batch, l1Weight, giouWeight);
    return new Result(losses.run(), losses.classSums, losses.boxSums);
  }

  @Override
  protected Tensor forward() {
    Backend backend = backend();
    double[] weights = new double[4 * heads.size()];
    for (int i = 0; i < heads.size(); i++) {
      Head head = heads.get(i);
      double share = 1 / head.normaliser();
      double[] row = {share, head.classWeight(), l1Weight, giouWeight};
      System.arraycopy(row, 0, weights, 4 * i, 4);
      Tensor gradLogits = gradient(head.prediction().logits());
      Tensor gradBoxes = gradient(head.prediction().boxes());
      for (int image = 0; image < batch.size(); image++) {
        Targets targets = batch.get(image);
        Matching matching = head.matchings().get(image);
        head.classLoss()
            .addImage(
                head.predictions(),
                image,
                targets,
                matching,
                head.classWeight() * share,
                classSums.select(i).narrow(image, image + 1),
                gradLogits);
        BoxLoss.addImage(
            head.predictions(),
            image,
            targets,
            matching,
            l1Weight * share,
            giouWeight * share,
            boxSums.select(i).select(image),
            gradBoxes);
      }
    }
    Tensor total = backend.empty(DType.FLOAT32, Shape.of());
    Tensor rows = Tensor.of(weights, heads.size(), 4).to(backend.device());
    backend.losses().total(classSums, boxSums, rows, total.reshape(1));
    return total;
  }

  /** The gradient of an input, zero at first; null if none is asked for. */
  private Tensor gradient(Variable input) {
    if (!recorded() || !needsGrad(input)) {
      return null;
    }
    return gradients.computeIfAbsent(
        input,
        variable -> {
          Backend backend = variable.data().backend();
          Tensor zero = save(backend.empty(DType.FLOAT32, variable.shape()));
          backend.elementwise().fill(zero, 0f);
          return zero;
        });
  }

  @Override
  protected void backward(Tensor gradOut) {
    gradients.forEach(
        (input, gradient) -> {
          gradient.backend().elementwise().binary(Binary.MULTIPLY, gradient, gradOut, gradient);
          accumulate(input, gradient);
        });
    gradients.clear();
  }
}
