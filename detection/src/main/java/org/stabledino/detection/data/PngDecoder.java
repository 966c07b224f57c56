package org.stabledino.detection.data;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.stabledino.detection.data.ImageDecoder.UnreadableImageException;

/**
 * PNG to RGB as Pillow does it: alpha and gamma are ignored, 16-bit colour keeps its high byte,
 * 16-bit grey is clipped at 255, shallower grey is stretched to 0..255.
 */
final class PngDecoder {
  private static final int GREY = 0;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;

  /** Deflate packs no tighter: 258 bytes into two bits. */
  private static final long MOST_PACKING = 1032;

  /** What the chunks say besides the header: EXIF's orientation, and the bytes of all IDAT. */
  private record Chunks(int orientation, long packed) {}

  private PngDecoder() {}

  static RgbImage decode(byte[] bytes) throws IOException {
    Chunks chunks = checkChunks(bytes);
    int width = int32(bytes, 16);
    int height = int32(bytes, 20);
    int depth = bytes[24];
    int colourType = bytes[25];
    ImageDecoder.checkSize(width, height);
    int samples =
        colourType == GREY || colourType == PALETTE ? 1 : colourType == GREY_ALPHA ? 2 : 3;
    long unpacked = height * (((long) width * samples * depth + 7) / 8);
    ImageDecoder.checkPromise(width, height, unpacked, MOST_PACKING * chunks.packed);
    BufferedImage image;
    ImageReader reader = ImageDecoder.jdkReader("png");
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      image = reader.read(0);
    } finally {
      reader.dispose();
    }
    Raster raster = image.getRaster();
    byte[] rgb = new byte[Math.multiplyExact(3, width * height)];
    if (colourType == PALETTE) {
      palette(raster, (IndexColorModel) image.getColorModel(), rgb);
    } else if (colourType == GREY || colourType == GREY_ALPHA) {
      grey(raster, depth, colourType == GREY_ALPHA, rgb);
    } else {
      colour(raster, depth, rgb);
    }
    return Orientation.upright(new RgbImage(width, height, rgb), chunks.orientation);
  }

  /** Walks through the chunks to the end; the JDK would accept a file that stops early. */
  private static Chunks checkChunks(byte[] bytes) throws UnreadableImageException {
    int orientation = 1;
    long packed = 0;
    long at = 8;
    while (true) {
      long data = at + 8;
      long next = data <= bytes.length ? data + Math.max(0, int32(bytes, (int) at)) + 4 : data;
      if (next > bytes.length) {
        throw new UnreadableImageException("the PNG file ends early");
      }
      String type = new String(bytes, (int) at + 4, 4, StandardCharsets.US_ASCII);
      if (at == 8 && (!type.equals("IHDR") || next < 33)) {
        throw new UnreadableImageException("the PNG file has no header");
      }
      if (type.equals("eXIf")) {
        orientation = Orientation.find(bytes, (int) data, (int) next - 4);
      }
      if (type.equals("IDAT")) {
        packed += next - 4 - data;
      }
      if (type.equals("IEND")) {
        return new Chunks(orientation, packed);
      }
      at = next;
    }
  }

  private static int int32(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | bytes[at + 3] & 0xFF;
  }

  private static void palette(Raster raster, IndexColorModel colours, byte[] rgb) {
    int[] table = new int[256];
    for (int i = 0; i < Math.min(table.length, colours.getMapSize()); i++) {
      table[i] = colours.getRGB(i);
    }
    int[] row = new int[raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(0, y, row.length, 1, 0, row);
      for (int index : row) {
        int colour = table[index];
        rgb[at++] = (byte) (colour >> 16);
        rgb[at++] = (byte) (colour >> 8);
        rgb[at++] = (byte) colour;
      }
    }
  }

  private static void grey(Raster raster, int depth, boolean alpha, byte[] rgb) {
    int stretch = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
    int[] row = new int[raster.getWidth()];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(0, y, row.length, 1, 0, row);
      for (int value : row) {
        byte grey =
            (byte) (depth == 16 ? alpha ? value >> 8 : Math.min(value, 255) : value * stretch);
        rgb[at++] = grey;
        rgb[at++] = grey;
        rgb[at++] = grey;
      }
    }
  }

  private static void colour(Raster raster, int depth, byte[] rgb) {
    int width = raster.getWidth();
    if (raster.getDataBuffer() instanceof DataBufferByte buffer
        && raster.getSampleModel() instanceof PixelInterleavedSampleModel model) {
      byte[] samples = buffer.getData();
      int[] bands = model.getBandOffsets();
      int step = model.getPixelStride();
      int at = 0;
      for (int y = 0; y < raster.getHeight(); y++) {
        int pixel = y * model.getScanlineStride();
        for (int x = 0; x < width; x++, pixel += step) {
          rgb[at++] = samples[pixel + bands[0]];
          rgb[at++] = samples[pixel + bands[1]];
          rgb[at++] = samples[pixel + bands[2]];
        }
      }
      return;
    }
    int[] row = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      for (int c = 0; c < 3; c++) {
        raster.getSamples(0, y, width, 1, c, row);
        int at = 3 * y * width + c;
        for (int x = 0; x < width; x++, at += 3) {
          rgb[at] = (byte) (depth == 16 ? row[x] >> 8 : row[x]);
        }
      }
    }
  }
}
