package org.stabledino.detection.data;

/**
 * An augmented image with what is to be found in it.
 *
 * @param imageId COCO's id of the image
 * @param image the pixels; shared with caches, so not to be changed
 * @param boxesXyxy N x 4: x0, y0, x1, y1 in pixels of {@code image}
 * @param labels N: position of the category in {@link CocoDataset#categories()}
 * @param annotationIds N: COCO's ids of the annotations kept
 * @param originalWidth width of the image in its file
 * @param originalHeight height of the image in its file
 */
public record Sample(
    long imageId,
    RgbImage image,
    float[] boxesXyxy,
    int[] labels,
    long[] annotationIds,
    int originalWidth,
    int originalHeight) {

  /**
   * The number of objects N.
   *
   * @return possibly 0
   */
  public int size() {
    return labels.length;
  }
}
