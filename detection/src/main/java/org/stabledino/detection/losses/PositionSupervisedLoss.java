package org.stabledino.detection.losses;

import java.util.Arrays;
import org.stabledino.detection.boxes.BoxPair;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.TargetForm;
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
  private final boolean finite;
  private final double alpha;
  private final double gamma;
  private final BoxPair pair = new BoxPair();
  private final Logit logit = new Logit();

  /**
   * A loss; it serves one thread.
   *
   * @param config its parameters
   */
  public PositionSupervisedLoss(LossConfig config) {
    form = config.target();
    rescaling = config.rescaling();
    finite = config.finiteLogarithms();
    alpha = config.alpha();
    gamma = config.gamma();
  }

  @Override
  public double addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor grad) {
    double[] targetOf = targetOfQuery(predictions, image, targets, matching);
    int[] labelOf = FocalLoss.labels(predictions.count(), targets, matching);
    int classes = predictions.classes();
    float[] logits = predictions.logits().floats();
    float[] gradients = grad == null ? null : grad.floats();
    double sum = 0;
    for (int query = 0; query < predictions.count(); query++) {
      int at = predictions.logitAt(image, query);
      int gradAt = grad == null ? 0 : grad.offset() + predictions.row(image, query) * classes;
      for (int label = 0; label < classes; label++) {
        read(logits[at + label]);
        boolean positive = label == labelOf[query];
        double t = positive ? targetOf[query] : 0;
        double weight = positive ? alpha : 1 - alpha;
        double distance = Math.abs(t - logit.p);
        double focus = Logit.power(distance, gamma);
        // With t = 0 the first product vanishes unless log p is infinite.
        double entropy = -t * logit.logP - (1 - t) * logit.logOneMinusP;
        sum += weight * focus * entropy;
        if (gradients != null) {
          double slope = -t * logit.slopeLogP - (1 - t) * logit.slopeLogOneMinusP;
          double gradient = focusSlope(t, distance) * entropy + focus * slope;
          gradients[gradAt + label] += (float) (scale * weight * gradient);
        }
      }
    }
    return sum;
  }

  private void read(float x) {
    if (finite) {
      logit.set(x);
    } else {
      logit.setFromProbability(x);
    }
  }

  /** {@code d |t - p|^gamma / dx}. */
  private double focusSlope(double t, double distance) {
    double outer = gamma == 2 ? 2 * distance : gamma * Math.pow(distance, gamma - 1);
    return (logit.p < t ? -outer : outer) * logit.p * logit.oneMinusP;
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
    float[] logits = predictions.logits().floats();
    double largest = 0;
    for (int i = 0; i < matching.count(); i++) {
      int query = matching.queries()[i];
      int target = matching.targets()[i];
      double iou = iou(predictions, image, query, targets, target);
      read(logits[predictions.logitAt(image, query) + targets.labels()[target]]);
      targetOf[query] = form.of(logit.p, iou);
      largest = Math.max(largest, targetOf[query]);
    }
    double m = rescaling == Rescaling.ONE ? 1 : largestIou(predictions, image, targets);
    double scale = Math.max(1, m / (largest + EPSILON));
    return Arrays.stream(targetOf).map(t -> t * scale).toArray();
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
