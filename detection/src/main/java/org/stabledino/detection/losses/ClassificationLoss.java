package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.tensor.Tensor;

/** A loss of the class logits of one image, with its gradient. */
public sealed interface ClassificationLoss permits FocalLoss, PositionSupervisedLoss {

  /**
   * The loss a configuration asks for.
   *
   * @param kind which
   * @param config its parameters
   * @return the loss
   */
  static ClassificationLoss of(LossConfig.ClassLoss kind, LossConfig config) {
    return switch (kind) {
      case FOCAL -> new FocalLoss(config.alpha(), config.gamma());
      case POSITION_SUPERVISED -> new PositionSupervisedLoss(config);
    };
  }

  /**
   * Sums the loss over the queries and classes of one image.
   *
   * @param predictions of Q queries of each image
   * @param image index in the batch
   * @param targets of that image
   * @param matching the positives; all other queries, and all other classes of a positive, are
   *     negatives
   * @param scale what the gradient is multiplied by
   * @param sum output, the sum, neither scaled nor normalised, where the logits are, shape [1]
   * @param grad {@code scale * d loss / d logits} is added here, like the logits; nullable
   */
  void addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor sum,
      Tensor grad);
}
