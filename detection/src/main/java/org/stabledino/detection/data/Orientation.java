package org.stabledino.detection.data;

/**
 * How a camera was held, from EXIF tag 0x0112: 1 upright, 2 mirrored, 3 upside down, 4 flipped
 * vertically, 5 transposed, 6 to be turned clockwise, 7 transposed along the other diagonal, 8 to
 * be turned counter-clockwise.
 */
final class Orientation {
  private static final int TAG = 0x0112;

  private Orientation() {}

  /**
   * Finds the orientation in a TIFF block, as EXIF stores it.
   *
   * @param bytes holding the block
   * @param from first byte of the block ("II" or "MM")
   * @param to end of the block
   * @return 1 to 8; 1 where there is none or the block is damaged
   */
  static int find(byte[] bytes, int from, int to) {
    if (to - from < 14 || bytes[from] != bytes[from + 1]) {
      return 1;
    }
    boolean little = bytes[from] == 'I';
    long directory = from + unsigned(bytes, from + 4, 4, little);
    if (directory + 2 > to) {
      return 1;
    }
    int at = (int) directory;
    int entries = (int) unsigned(bytes, at, 2, little);
    at += 2;
    for (int i = 0; i < entries && at + 12 <= to; i++, at += 12) {
      if (unsigned(bytes, at, 2, little) == TAG) {
        int value = (int) unsigned(bytes, at + 8, 2, little);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  private static long unsigned(byte[] bytes, int at, int length, boolean little) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | bytes[little ? at + length - 1 - i : at + i] & 0xFF;
    }
    return value;
  }

  /**
   * Turns an image upright.
   *
   * @param image as stored
   * @param orientation 1 to 8
   * @return the image as it should be seen
   */
  static RgbImage upright(RgbImage image, int orientation) {
    if (orientation == 1) {
      return image;
    }
    int w = image.width();
    int h = image.height();
    boolean turned = orientation >= 5;
    int outWidth = turned ? h : w;
    int outHeight = turned ? w : h;
    byte[] out = new byte[image.rgb().length];
    int at = 0;
    for (int y = 0; y < outHeight; y++) {
      for (int x = 0; x < outWidth; x++) {
        int sourceX =
            switch (orientation) {
              case 2, 3 -> w - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> w - 1 - y;
            };
        int sourceY =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> h - 1 - y;
              case 5, 8 -> x;
              default -> h - 1 - x;
            };
        int from = 3 * (sourceY * w + sourceX);
        out[at++] = image.rgb()[from];
        out[at++] = image.rgb()[from + 1];
        out[at++] = image.rgb()[from + 2];
      }
    }
    return new RgbImage(outWidth, outHeight, out);
  }
}
