package org.stabledino.detection.losses;

import java.util.Arrays;
import org.stabledino.detection.boxes.BoxPair;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.TargetForm;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.LossKernels.Focus;
import org.stabledino.tensor.Tensor;

/**
 * Position-supervised loss (paper, Eq. 3): the better a positive's box, the closer to 1 its class
 * probability is pulled.
 *
 * <pre>
 *   positive  alpha |t - p|^gamma BCE(p, t)
 *   negative  (1-alpha) p^gamma BCE(p, 0)
 *   BCE(p, t) = -t log p - (1-t) log(1-p)
 *   t = f1(s) max(1, m / (max f1 + 1e-8))
 * </pre>
 *
 * s is the IoU of a positive and its target, max f1 the largest over the image's positives, m as
 * {@link Rescaling} says. No gradient flows through t.
 */
public final class PositionSupervisedLoss implements ClassificationLoss {
  private static final double EPSILON = 1e-8;

  private final TargetForm form;
  private final Rescaling rescaling;
  private final Focus focus;
  private final BoxPair pair = new BoxPair();

  /**
   * A loss; it serves one thread.
   *
   * @param config its parameters
   */
  public PositionSupervisedLoss(LossConfig config) {
    form = config.target();
    rescaling = config.rescaling();
    focus = new Focus(config.alpha(), config.gamma(), config.finiteLogarithms());
  }

  @Override
  public void addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor sum,
      Tensor grad) {
    double[] targetOf = targetOfQuery(predictions, image, targets, matching);
    float[] values = new float[targetOf.length];
    for (int query = 0; query < values.length; query++) {
      values[query] = (float) targetOf[query];
    }
    QueryTargets.of(predictions.count(), targets, matching, values)
        .addLoss(focus, predictions, image, scale, sum, grad);
  }

  /**
   * The rescaled target t of each query's positive class, 0 for queries without.
   *
   * @param predictions of Q queries of each image
   * @param image index in the batch
   * @param targets of that image
   * @param matching the positives
   * @return shape [Q]
   */
  public double[] targetOfQuery(
      Predictions predictions, int image, Targets targets, Matching matching) {
    double[] targetOf = new double[predictions.count()];
    // Few targets look at p; without them the logits stay where they are.
    Tensor logits = form.probabilityExponent() == 0 ? null : predictions.logits().to(Device.CPU);
    double largest = 0;
    for (int i = 0; i < matching.count(); i++) {
      int query = matching.queries()[i];
      int target = matching.targets()[i];
      double iou = iou(predictions, image, query, targets, target);
      int label = targets.labels()[target];
      double p =
          logits == null
              ? 1
              : probability(logits.select(image).get(predictions.first() + query, label));
      targetOf[query] = form.of(p, iou);
      largest = Math.max(largest, targetOf[query]);
    }
    double m = rescaling == Rescaling.ONE ? 1 : largestIou(predictions, image, targets);
    double scale = Math.max(1, m / (largest + EPSILON));
    return Arrays.stream(targetOf).map(t -> t * scale).toArray();
  }

  private double probability(float logit) {
    return focus.finite()
        ? 1 / (1 + Math.exp(-logit))
        : 1f / (1f + (float) Math.exp(-logit)); // rounded as the published code's
  }

  private double largestIou(Predictions predictions, int image, Targets targets) {
    double largest = 0;
    for (int query = 0; query < predictions.count(); query++) {
      for (int target = 0; target < targets.count(); target++) {
        largest = Math.max(largest, iou(predictions, image, query, targets, target));
      }
    }
    return largest;
  }

  private double iou(Predictions predictions, int image, int query, Targets targets, int target) {
    pair.set(
        predictions.boxes().floats(), predictions.boxAt(image, query), targets.boxes(), 4 * target);
    return pair.iou();
  }
}
