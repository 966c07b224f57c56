package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.LossKernels.Focus;
import org.stabledino.tensor.Shape;
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
  public void addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor sum,
      Tensor grad) {
    Backend backend = predictions.logits().backend();
    Tensor ones = backend.empty(DType.FLOAT32, Shape.of(predictions.count()));
    backend.elementwise().fill(ones, 1f);
    Focus focus = new Focus(alpha, gamma, true);
    QueryTargets.addLoss(focus, predictions, image, targets, matching, ones, scale, sum, grad);
  }
}
