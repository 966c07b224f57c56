package org.stabledino.detection.evaluation;

import java.util.List;
import org.stabledino.detection.data.Rle;

/**
 * Detected masks in the order in which they were found.
 *
 * @param boxes image, category, score, and the box of the mask's pixels
 * @param masks one for each, of the size of its image
 */
public record MaskDetections(DetectionList boxes, List<Rle> masks) {

  /**
   * Checks that each detection has a mask.
   *
   * @throws IllegalArgumentException if there are more of one than of the other
   */
  public MaskDetections {
    masks = List.copyOf(masks);
    if (masks.size() != boxes.size()) {
      throw new IllegalArgumentException(
          masks.size() + " masks for " + boxes.size() + " detections");
    }
  }
}
