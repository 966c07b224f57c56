package org.stabledino.detection.data;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.stabledino.detection.data.ImageDecoder.UnreadableImageException;

/**
 * JPEG to RGB with the integers of libjpeg.
 *
 * <p>{@code ImageIO.read} applies embedded colour profiles, which Pillow does not; so only the raw
 * samples are taken from the JDK and the colours are converted here.
 */
final class JpegDecoder {
  /** A block of 8 x 8 pixels takes a bit at least. */
  private static final long MOST_PIXELS_PER_BYTE = 8 * 64;

  private JpegDecoder() {}

  static RgbImage decode(byte[] bytes) throws IOException {
    JpegMarkers markers = JpegMarkers.scan(bytes);
    ImageDecoder.checkSize(markers.width(), markers.height());
    ImageDecoder.checkPromise(
        markers.width(),
        markers.height(),
        (long) markers.width() * markers.height(),
        MOST_PIXELS_PER_BYTE * bytes.length);
    Raster raster;
    ImageReader reader = ImageDecoder.jdkReader("jpeg");
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      raster = reader.readRaster(0, null);
    } finally {
      reader.dispose();
    }
    int bands = raster.getNumBands();
    // The reader's raster is pixel-interleaved and fills its buffer exactly.
    byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
    byte[] rgb = new byte[Math.multiplyExact(3, raster.getWidth() * raster.getHeight())];
    switch (bands) {
      case 1 -> grey(samples, rgb);
      case 3 -> {
        if (markers.isRgb()) {
          System.arraycopy(samples, 0, rgb, 0, rgb.length);
        } else {
          yccToRgb(samples, 3, rgb);
        }
      }
      case 4 -> cmyk(samples, markers.isYcck(), rgb);
      default -> throw new UnreadableImageException("a JPEG of " + bands + " channels");
    }
    RgbImage stored = new RgbImage(raster.getWidth(), raster.getHeight(), rgb);
    return Orientation.upright(stored, markers.orientation());
  }

  private static void grey(byte[] samples, byte[] rgb) {
    for (int i = 0, o = 0; o < rgb.length; i++, o += 3) {
      rgb[o] = samples[i];
      rgb[o + 1] = samples[i];
      rgb[o + 2] = samples[i];
    }
  }

  /** The three products with Cr and Cb, 16 bits after the point, as tables over a byte. */
  private static final int[] CR_TO_R = table(91_881, 32_768);

  private static final int[] CB_TO_B = table(116_130, 32_768);
  private static final int[] CB_TO_G = table(-22_554, 32_768);
  private static final int[] CR_TO_G = table(-46_802, 0);

  private static int[] table(int factor, int offset) {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      table[i] = factor * (i - 128) + offset;
    }
    return table;
  }

  /**
   * R = Y + 1.402 Cr, G = Y - 0.344 Cb - 0.714 Cr, B = Y + 1.772 Cb in 16-bit fixed point.
   *
   * @param samples Y, Cb, Cr (and more) of each pixel
   * @param stride bytes from one pixel to the next
   * @param rgb filled
   */
  private static void yccToRgb(byte[] samples, int stride, byte[] rgb) {
    for (int i = 0, o = 0; o < rgb.length; i += stride, o += 3) {
      int y = samples[i] & 0xFF;
      int cb = samples[i + 1] & 0xFF;
      int cr = samples[i + 2] & 0xFF;
      rgb[o] = clamp(y + (CR_TO_R[cr] >> 16));
      rgb[o + 1] = clamp(y + (CB_TO_G[cb] + CR_TO_G[cr] >> 16));
      rgb[o + 2] = clamp(y + (CB_TO_B[cb] >> 16));
    }
  }

  private static byte clamp(int value) {
    return (byte) Math.clamp(value, 0, 255);
  }

  /**
   * Four inks to RGB. As Pillow does, all such files are taken for Adobe's, which store inks
   * inverted (255 is no ink); YCCK holds the three colours as luminance and chrominance.
   */
  private static void cmyk(byte[] samples, boolean ycck, byte[] rgb) {
    if (ycck) {
      yccToRgb(samples, 4, rgb);
    }
    for (int i = 0, o = 0; o < rgb.length; i += 4, o += 3) {
      int light = samples[i + 3] & 0xFF;
      for (int c = 0; c < 3; c++) {
        // libjpeg turns YCCK into 255 - RGB before the inks are inverted: RGB is the ink.
        int ink = ycck ? rgb[o + c] & 0xFF : 255 - (samples[i + c] & 0xFF);
        int product = ink * light + 128;
        rgb[o + c] = clamp(light - (product + (product >> 8) >> 8));
      }
    }
  }
}
