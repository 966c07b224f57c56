package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.Tensor;

/** Class losses as numbers. */
final class Sums {
  private Sums() {}

  /** The loss of an image; its gradient is added as {@link ClassificationLoss#addImage} does. */
  static double of(
      ClassificationLoss loss,
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor grad) {
    Tensor sum = Tensor.full(Float.NaN, 1);
    loss.addImage(predictions, image, targets, matching, scale, sum, grad);
    return sum.item();
  }
}
