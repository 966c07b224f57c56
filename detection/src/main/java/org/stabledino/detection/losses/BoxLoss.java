package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.BoxPair;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.Tensor;

/**
 * The losses of matched boxes: {@code sum |box - target|_1} over (cx, cy, w, h), and {@code sum (1
 * - GIoU)}.
 */
public final class BoxLoss {
  private final BoxPair pair = new BoxPair();

  /** A loss; it serves one thread. */
  public BoxLoss() {}

  /**
   * The L1 distance of one image's positives.
   *
   * @param predictions of Q queries of each image
   * @param image index in the batch
   * @param targets of that image
   * @param matching the positives
   * @param scale what the gradient is multiplied by
   * @param grad {@code scale * d loss / d boxes} is added here, like the boxes; nullable
   * @return the sum, neither scaled nor normalised
   */
  public double addL1(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor grad) {
    float[] boxes = predictions.boxes().floats();
    double sum = 0;
    for (int i = 0; i < matching.count(); i++) {
      int at = predictions.boxAt(image, matching.queries()[i]);
      int truthAt = 4 * matching.targets()[i];
      for (int c = 0; c < 4; c++) {
        double distance = (double) boxes[at + c] - targets.boxes()[truthAt + c];
        sum += Math.abs(distance);
        if (grad != null) {
          int gradAt = grad.offset() + 4 * predictions.row(image, matching.queries()[i]) + c;
          grad.floats()[gradAt] += (float) (scale * Math.signum(distance));
        }
      }
    }
    return sum;
  }

  /**
   * One minus the GIoU of one image's positives.
   *
   * @param predictions of Q queries of each image
   * @param image index in the batch
   * @param targets of that image
   * @param matching the positives
   * @param scale what the gradient is multiplied by
   * @param grad {@code scale * d loss / d boxes} is added here, like the boxes; nullable
   * @return the sum, neither scaled nor normalised
   */
  public double addGiou(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor grad) {
    float[] boxes = predictions.boxes().floats();
    double sum = 0;
    for (int i = 0; i < matching.count(); i++) {
      int query = matching.queries()[i];
      int truthAt = 4 * matching.targets()[i];
      pair.set(boxes, predictions.boxAt(image, query), targets.boxes(), truthAt);
      sum += 1 - pair.giou();
      if (grad != null) {
        int gradAt = grad.offset() + 4 * predictions.row(image, query);
        pair.addGiouGradient(-scale, grad.floats(), gradAt);
      }
    }
    return sum;
  }
}
