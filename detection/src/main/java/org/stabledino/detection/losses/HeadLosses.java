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
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/**
 * The weighted sum of the losses of all heads as one op: {@code sum over heads of (wc class + wl L1
 * + wg (1 - GIoU)) / normaliser}.
 *
 * <p>The gradients are computed together with the values, since both need the same logarithms;
 * backward only scales them. Heads may look at different queries of the same variables. Values and
 * gradients are computed on the CPU, whatever the device of the variables: few numbers, in double
 * precision.
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
  private final BoxLoss boxLoss = new BoxLoss();
  private final Map<String, Double> values;
  private final Map<Variable, Tensor> gradients = new IdentityHashMap<>();

  private HeadLosses(
      List<Head> heads,
      List<Targets> batch,
      double l1Weight,
      double giouWeight,
      Map<String, Double> values) {
    super(inputs(heads));
    this.heads = heads;
    this.batch = batch;
    this.l1Weight = l1Weight;
    this.giouWeight = giouWeight;
    this.values = values;
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
   * The weighted sum.
   *
   * @param heads what is summed
   * @param batch targets of the images
   * @param l1Weight weight of the L1 losses
   * @param giouWeight weight of the GIoU losses
   * @param values receives each loss by its key, unweighted
   * @return a scalar
   */
  static Variable apply(
      List<Head> heads,
      List<Targets> batch,
      double l1Weight,
      double giouWeight,
      Map<String, Double> values) {
    return new HeadLosses(heads, batch, l1Weight, giouWeight, values).run();
  }

  @Override
  protected Tensor forward() {
    double total = 0;
    for (Head head : heads) {
      total += forward(head);
    }
    Tensor result = Tensor.empty();
    result.floats()[result.offset()] = (float) total;
    return result;
  }

  private double forward(Head head) {
    Prediction prediction = head.prediction();
    Tensor gradLogits = gradient(prediction.logits());
    Tensor gradBoxes = gradient(prediction.boxes());
    Predictions predictions = head.predictions();
    double share = 1 / head.normaliser();
    double classes = 0;
    double l1 = 0;
    double giou = 0;
    for (int image = 0; image < batch.size(); image++) {
      Targets targets = batch.get(image);
      Matching matching = head.matchings().get(image);
      double scale = head.classWeight() * share;
      classes +=
          head.classLoss().addImage(predictions, image, targets, matching, scale, gradLogits);
      l1 += boxLoss.addL1(predictions, image, targets, matching, l1Weight * share, gradBoxes);
      giou += boxLoss.addGiou(predictions, image, targets, matching, giouWeight * share, gradBoxes);
    }
    values.put("loss_class" + head.suffix(), classes * share);
    values.put("loss_bbox" + head.suffix(), l1 * share);
    values.put("loss_giou" + head.suffix(), giou * share);
    return share * (head.classWeight() * classes + l1Weight * l1 + giouWeight * giou);
  }

  /** The gradient of an input, zero at first; null if none is asked for. */
  private Tensor gradient(Variable input) {
    if (!recorded() || !needsGrad(input)) {
      return null;
    }
    return gradients.computeIfAbsent(
        input, variable -> save(Tensor.zeros(DType.FLOAT32, variable.shape())));
  }

  @Override
  protected void backward(Tensor gradOut) {
    float scale = gradOut.item();
    gradients.forEach(
        (input, gradient) -> {
          if (scale != 1f) {
            float[] values = gradient.floats();
            for (int i = gradient.offset(); i < gradient.offset() + gradient.size(); i++) {
              values[i] *= scale;
            }
          }
          accumulate(input, gradient.to(input.data().device()));
        });
    gradients.clear();
  }
}
