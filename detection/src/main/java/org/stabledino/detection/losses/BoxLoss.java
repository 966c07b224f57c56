package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.Tensor;

/**
 * The losses of matched boxes: {@code sum |box - target|_1} over (cx, cy, w, h), and {@code sum (1
 * - GIoU)}.
 */
final class BoxLoss {
  private BoxLoss() {}

  /**
   * Sums both over one image's positives, where the boxes are.
   *
   * @param predictions of Q queries of each image
   * @param image index in the batch
   * @param targets of that image
   * @param matching the positives
   * @param l1Scale what the gradient of the L1 distance is multiplied by
   * @param giouScale what that of 1 - GIoU is multiplied by
   * @param sums output, the two sums, neither scaled nor normalised, float64, shape [2]
   * @param grad the scaled gradients are added here, like the boxes; nullable
   */
  static void addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double l1Scale,
      double giouScale,
      Tensor sums,
      Tensor grad) {
    Positives positives = Positives.of(predictions, targets, matching);
    Tensor boxes = predictions.rows(predictions.boxes(), image);
    boxes
        .backend()
        .losses()
        .boxLoss(
            boxes,
            positives.truth(),
            positives.queries(),
            positives.targets(),
            l1Scale,
            giouScale,
            sums,
            grad == null ? null : predictions.rows(grad, image));
  }
}
