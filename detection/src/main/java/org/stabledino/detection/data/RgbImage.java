package org.stabledino.detection.data;

/**
 * A colour image of 8 bits a channel.
 *
 * @param width pixels
 * @param height pixels
 * @param rgb height x width x 3 bytes, row-major, red first; owned by the image
 */
public record RgbImage(int width, int height, byte[] rgb) {

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if the bytes do not fit the size
   */
  public RgbImage {
    if (width <= 0 || height <= 0 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          rgb.length + " bytes are no RGB image of " + width + " x " + height + " pixels");
    }
  }
}
