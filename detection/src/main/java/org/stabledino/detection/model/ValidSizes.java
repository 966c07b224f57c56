package org.stabledino.detection.model;

import java.util.Arrays;

/**
 * How much of each padded image of a batch is image; the rest, at the right and the bottom, is
 * padding.
 *
 * @param heights of each image, pixels, shape [B]
 * @param widths of each image, pixels, shape [B]
 */
public record ValidSizes(int[] heights, int[] widths) {

  /**
   * Images without padding.
   *
   * @param batch B
   * @param height of all
   * @param width of all
   * @return their sizes
   */
  public static ValidSizes full(int batch, int height, int width) {
    int[] heights = new int[batch];
    int[] widths = new int[batch];
    Arrays.fill(heights, height);
    Arrays.fill(widths, width);
    return new ValidSizes(heights, widths);
  }

  /**
   * Whether no image has padding.
   *
   * @param height of the batch
   * @param width of the batch
   * @return true if all fill it
   */
  public boolean fill(int height, int width) {
    return Arrays.stream(heights).allMatch(h -> h == height)
        && Arrays.stream(widths).allMatch(w -> w == width);
  }
}
