package org.stabledino.detection.boxes;

import java.util.List;

/**
 * The ground truth of one image.
 *
 * @param labels class of each box, from 0, shape [T]
 * @param boxes (cx, cy, w, h) in fractions of the image's size without padding, shape [T, 4]
 */
public record Targets(int[] labels, float[] boxes) {
  /** An image without objects. */
  public static final Targets NONE = new Targets(new int[0], new float[0]);

  /** Checks that there are four coordinates a label. */
  public Targets {
    if (boxes.length != 4 * labels.length) {
      throw new IllegalArgumentException(
          "%d labels need %d coordinates, got %d"
              .formatted(labels.length, 4 * labels.length, boxes.length));
    }
  }

  /**
   * The number of objects.
   *
   * @return T
   */
  public int count() {
    return labels.length;
  }

  /**
   * The number of objects in a batch.
   *
   * @param batch the images' targets
   * @return the sum of their counts
   */
  public static int total(List<Targets> batch) {
    int total = 0;
    for (Targets targets : batch) {
      total += targets.count();
    }
    return total;
  }
}
