package org.stabledino.detection.data;

import org.stabledino.detection.data.ImageDecoder.UnreadableImageException;

/**
 * What the marker segments of a JPEG file say besides the pixels.
 *
 * @param width pixels as stored
 * @param height pixels as stored
 * @param isRgb whether three channels are red, green, blue instead of luminance and chrominance
 * @param isYcck whether four channels are luminance, chrominance and black instead of four inks
 * @param orientation EXIF orientation, 1 to 8
 */
record JpegMarkers(int width, int height, boolean isRgb, boolean isYcck, int orientation) {
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;

  /**
   * Walks through all segments up to the end-of-image marker. Its absence is how a truncated file
   * shows: the JDK would fill the missing part with grey.
   *
   * @param bytes a JPEG file
   * @return what was found
   * @throws UnreadableImageException if the file ends early or holds no frame
   */
  static JpegMarkers scan(byte[] bytes) throws UnreadableImageException {
    int at = 2;
    int frame = -1;
    boolean jfif = false;
    int adobeTransform = -1;
    int orientation = 1;
    while (true) {
      at = nextMarker(bytes, at);
      int marker = bytes[at - 1] & 0xFF;
      if (marker == EOI) {
        break;
      }
      if (marker == SOI || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
        continue;
      }
      int length = at + 2 <= bytes.length ? unsigned16(bytes, at) : bytes.length;
      int body = at + 2;
      int end = at + length;
      if (length < 2 || end > bytes.length) {
        throw truncated();
      }
      if (marker == APP0 && starts(bytes, body, end, "JFIF\0")) {
        jfif = true;
      } else if (marker == APP1 && starts(bytes, body, end, "Exif\0\0")) {
        orientation = Orientation.find(bytes, body + 6, end);
      } else if (marker == APP14 && starts(bytes, body, end, "Adobe") && end - body >= 12) {
        adobeTransform = bytes[body + 11] & 0xFF;
      } else if (isFrame(marker) && end - body >= 6) {
        frame = body;
        requireUsual(marker, bytes[frame]);
      } else if (marker == SOS && frame < 0) {
        break;
      }
      at = end;
    }
    if (frame < 0) {
      throw new UnreadableImageException("the JPEG file holds no image");
    }
    int channels = bytes[frame + 5];
    boolean rgb = channels == 3 && !jfif && isRgb(bytes, frame, adobeTransform);
    return new JpegMarkers(
        unsigned16(bytes, frame + 3),
        unsigned16(bytes, frame + 1),
        rgb,
        adobeTransform == 2,
        orientation);
  }

  /** libjpeg's guess: Adobe's word, else the channels' names; without either, luminance first. */
  private static boolean isRgb(byte[] bytes, int frame, int adobeTransform) {
    return adobeTransform >= 0
        ? adobeTransform == 0
        : bytes[frame + 6] == 'R' && bytes[frame + 9] == 'G' && bytes[frame + 12] == 'B';
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /** Medicine and archives have JPEG files that neither the JDK nor Pillow's usual build reads. */
  private static void requireUsual(int marker, int bits) throws UnreadableImageException {
    if (bits != 8) {
      throw new UnreadableImageException(
          "a JPEG of " + bits + " bits a channel, only 8 can be read");
    }
    if (marker > 0xC2) {
      throw new UnreadableImageException(
          (marker > 0xC8 ? "an arithmetic-coded" : "a lossless or hierarchical")
              + " JPEG, only baseline and progressive ones can be read");
    }
  }

  /** Skips anything but a marker, which includes the coded pixels; returns the place after it. */
  private static int nextMarker(byte[] bytes, int at) throws UnreadableImageException {
    for (int i = at; i + 1 < bytes.length; i++) {
      if (bytes[i] == (byte) 0xFF && bytes[i + 1] != 0 && bytes[i + 1] != (byte) 0xFF) {
        return i + 2;
      }
    }
    throw truncated();
  }

  private static UnreadableImageException truncated() {
    return new UnreadableImageException("the JPEG file ends early");
  }

  private static boolean starts(byte[] bytes, int at, int end, String text) {
    if (end - at < text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (bytes[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int unsigned16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
  }
}
