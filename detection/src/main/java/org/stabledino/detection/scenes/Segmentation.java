package org.stabledino.detection.scenes;

/** The visible pixels of an object as COCO writes them. */
public sealed interface Segmentation {
  /**
   * One polygon without holes, for an object that nothing covers.
   *
   * @param corners x, y pairs in pixels, the image's corner at (0, 0)
   */
  record Polygon(double[] corners) implements Segmentation {}

  /**
   * Uncompressed run lengths, down the columns, starting with a run of background.
   *
   * @param height rows of the mask
   * @param width columns of the mask
   * @param counts lengths of the runs; they sum to height * width
   */
  record RunLengths(int height, int width, int[] counts) implements Segmentation {}
}
