package org.stabledino.detection.losses;

import java.util.Arrays;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.Tensor;

/**
 * Sigmoid focal loss (Lin et al. 2017; paper, Eq. 1), the baseline:
 *
 * <pre>
 *   positive  alpha (1-p)^gamma (-log p)
 *   negative  (1-alpha) p^gamma (-log(1-p))
 * </pre>
 *
 * computed from the logit x, where {@code p = sigmoid(x)}, so that it is finite everywhere.
 *
 * @param alpha weight of positives
 * @param gamma focusing exponent
 */
public record FocalLoss(double alpha, double gamma) implements ClassificationLoss {

  @Override
  public double addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor grad) {
    int[] labelOf = labels(predictions.count(), targets, matching);
    int classes = predictions.classes();
    float[] logits = predictions.logits().floats();
    float[] gradients = grad == null ? null : grad.floats();
    Logit logit = new Logit();
    double sum = 0;
    for (int query = 0; query < predictions.count(); query++) {
      int at = predictions.logitAt(image, query);
      int gradAt = grad == null ? 0 : grad.offset() + predictions.row(image, query) * classes;
      for (int label = 0; label < classes; label++) {
        boolean positive = label == labelOf[query];
        logit.set(logits[at + label]);
        sum += positive ? positive(logit) : negative(logit);
        if (gradients != null) {
          double slope = positive ? positiveGradient(logit) : negativeGradient(logit);
          gradients[gradAt + label] += (float) (scale * slope);
        }
      }
    }
    return sum;
  }

  /** The class each query is a positive of, -1 for none. */
  static int[] labels(int queries, Targets targets, Matching matching) {
    int[] labelOf = new int[queries];
    Arrays.fill(labelOf, -1);
    for (int i = 0; i < matching.count(); i++) {
      labelOf[matching.queries()[i]] = targets.labels()[matching.targets()[i]];
    }
    return labelOf;
  }

  private double positive(Logit logit) {
    return alpha * Logit.power(logit.oneMinusP, gamma) * -logit.logP;
  }

  /** d/dx: the modulating factor's slope is {@code -gamma p (1-p)^gamma}, the logarithm's 1-p. */
  private double positiveGradient(Logit logit) {
    return alpha
        * Logit.power(logit.oneMinusP, gamma)
        * (gamma * logit.p * logit.logP - logit.oneMinusP);
  }

  private double negative(Logit logit) {
    return (1 - alpha) * Logit.power(logit.p, gamma) * -logit.logOneMinusP;
  }

  /** d/dx: the modulating factor's slope is {@code gamma (1-p) p^gamma}, the logarithm's -p. */
  private double negativeGradient(Logit logit) {
    return (1 - alpha)
        * Logit.power(logit.p, gamma)
        * (logit.p - gamma * logit.oneMinusP * logit.logOneMinusP);
  }
}
