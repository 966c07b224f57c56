package org.stabledino.detection.data;

import java.util.List;

/**
 * An augmented image with the objects in it and their masks.
 *
 * @param sample pixels, boxes and labels; each box is that of the mask
 * @param masks one for each object, of the size of the image; a very small one may hold no pixel
 */
public record MaskSample(Sample sample, List<Rle> masks) {

  /**
   * Checks that there are as many masks as objects.
   *
   * @throws IllegalArgumentException if there are not
   */
  public MaskSample {
    masks = List.copyOf(masks);
    if (masks.size() != sample.size()) {
      throw new IllegalArgumentException(masks.size() + " masks for " + sample.size() + " objects");
    }
  }
}
