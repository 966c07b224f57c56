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
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * The weighted sum of the losses of all heads as one op: {@code sum over heads of (wc class + wl L1
 * + wg (1 - GIoU)) / normaliser}.
 *
 * <p>The gradients are computed together with the values, since both need the same logarithms;
 * backward only scales them. Heads may look at different queries of the same variables. The classes
 * of all queries are looked at where the model computes; the boxes of the few positives on the CPU,
 * in double precision.
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

  private static final Backend CPU = Backend.of(Device.CPU);

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
    int images = batch.size();
    Backend backend = heads.getFirst().predictions().logits().backend();
    Tensor classSums = backend.empty(DType.FLOAT32, Shape.of(heads.size() * images));
    double[] l1 = new double[heads.size()];
    double[] giou = new double[heads.size()];
    for (int i = 0; i < heads.size(); i++) {
      Head head = heads.get(i);
      double share = 1 / head.normaliser();
      Tensor gradLogits = gradient(head.prediction().logits(), backend);
      Tensor gradBoxes = gradient(head.prediction().boxes(), CPU);
      Predictions predictions = head.predictions();
      for (int image = 0; image < images; image++) {
        Targets targets = batch.get(image);
        Matching matching = head.matchings().get(image);
        int at = i * images + image;
        Tensor sum = classSums.narrow(at, at + 1);
        double scale = head.classWeight() * share;
        head.classLoss().addImage(predictions, image, targets, matching, scale, sum, gradLogits);
        double l1Scale = l1Weight * share;
        double giouScale = giouWeight * share;
        l1[i] += boxLoss.addL1(predictions, image, targets, matching, l1Scale, gradBoxes);
        giou[i] += boxLoss.addGiou(predictions, image, targets, matching, giouScale, gradBoxes);
      }
    }
    // Read when all is queued: of a GPU the one time that the losses wait for it.
    float[] sums = classSums.to(Device.CPU).toFloats();
    double total = 0;
    for (int i = 0; i < heads.size(); i++) {
      double classes = 0;
      for (int image = 0; image < images; image++) {
        classes += sums[i * images + image];
      }
      total += weighted(heads.get(i), classes, l1[i], giou[i]);
    }
    Tensor result = Tensor.empty();
    result.floats()[result.offset()] = (float) total;
    return result;
  }

  /** One head's part of the total; its losses are noted. */
  private double weighted(Head head, double classes, double l1, double giou) {
    double share = 1 / head.normaliser();
    values.put("loss_class" + head.suffix(), classes * share);
    values.put("loss_bbox" + head.suffix(), l1 * share);
    values.put("loss_giou" + head.suffix(), giou * share);
    return share * (head.classWeight() * classes + l1Weight * l1 + giouWeight * giou);
  }

  /** The gradient of an input, zero at first; null if none is asked for. */
  private Tensor gradient(Variable input, Backend backend) {
    if (!recorded() || !needsGrad(input)) {
      return null;
    }
    return gradients.computeIfAbsent(
        input,
        variable -> {
          Tensor zero = save(backend.empty(DType.FLOAT32, variable.shape()));
          backend.elementwise().fill(zero, 0f);
          return zero;
        });
  }

  @Override
  protected void backward(Tensor gradOut) {
    float scale = gradOut.item();
    gradients.forEach(
        (input, gradient) -> {
          if (scale != 1f) {
            gradient.backend().elementwise().affine(gradient, scale, 0f, gradient);
          }
          accumulate(input, gradient.to(input.data().device()));
        });
    gradients.clear();
  }
}
