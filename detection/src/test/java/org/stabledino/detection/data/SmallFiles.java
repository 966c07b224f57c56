package org.stabledino.detection.data;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/** Small images of every kind, made byte by byte where ImageIO cannot. */
final class SmallFiles {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private SmallFiles() {}

  /** PNG files of all colour types and depths. */
  static List<byte[]> pngs() {
    int[][] kinds = {
      {0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8},
      {4, 8}, {4, 16}, {6, 8}, {6, 16},
    };
    return Arrays.stream(kinds).map(kind -> png(13, 9, kind[0], kind[1])).toList();
  }

  private static byte[] png(int width, int height, int type, int depth) {
    int channels = new int[] {1, 0, 3, 1, 2, 0, 4}[type];
    byte[] rows = new byte[height * (1 + (width * channels * depth + 7) / 8)];
    new Random(type * 31 + depth).nextBytes(rows);
    int stride = rows.length / height;
    for (int y = 0; y < height; y++) {
      rows[y * stride] = (byte) (y % 5);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) depth).put((byte) type).put(new byte[3]);
    chunk(out, "IHDR", header.array());
    if (type == 3) {
      byte[] palette = new byte[3 << depth];
      new Random(depth).nextBytes(palette);
      chunk(out, "PLTE", palette);
      chunk(out, "tRNS", new byte[] {0, 100});
    }
    chunk(out, "eXIf", exif(6));
    chunk(out, "IDAT", deflate(rows));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static byte[] exif(int orientation) {
    return ByteBuffer.allocate(26)
        .put(new byte[] {'M', 'M', 0, 42})
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .array();
  }

  private static byte[] deflate(byte[] bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length + 64];
    return Arrays.copyOf(out, deflater.deflate(out));
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    ByteBuffer buffer = ByteBuffer.allocate(12 + data.length).putInt(data.length);
    buffer.put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    out.writeBytes(buffer.putInt(0).array());
    byte[] all = out.toByteArray();
    repairSums(all);
    out.reset();
    out.writeBytes(all);
  }

  /** Recomputes the checksums of a PNG file's chunks as far as they can be followed. */
  static byte[] repairSums(byte[] png) {
    ByteBuffer buffer = ByteBuffer.wrap(png);
    for (int at = 8; at + 12 <= png.length; ) {
      int length = buffer.getInt(at);
      if (length < 0 || length > png.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(png, at + 4, length + 4);
      buffer.putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
    return png;
  }

  /** The file with another size in its header. */
  static byte[] resizedPng(byte[] png, int width, int height) {
    ByteBuffer copy = ByteBuffer.wrap(png.clone());
    copy.putInt(16, width).putInt(20, height);
    return repairSums(copy.array());
  }

  /** JPEG files: grey, colour, progressive, four channels, with EXIF. */
  static List<byte[]> jpegs() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (int bands : new int[] {1, 3, 4}) {
      for (boolean progressive : new boolean[] {false, true}) {
        byte[] file = jpeg(bands, progressive);
        files.add(file);
        files.add(withExif(file));
      }
    }
    return files;
  }

  private static byte[] jpeg(int bands, boolean progressive) throws IOException {
    WritableRaster raster = Raster.createInterleavedRaster(0, 21, 19, bands, null);
    Random random = new Random(bands);
    for (int i = 0; i < 21 * 19; i++) {
      for (int band = 0; band < bands; band++) {
        raster.setSample(i % 21, i / 21, band, random.nextInt(256));
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam how = writer.getDefaultWriteParam();
    if (progressive) {
      how.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      if (bands == 4) {
        writer.write(null, new IIOImage(raster, null, null), how);
      } else {
        BufferedImage image =
            new BufferedImage(
                21, 19, bands == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
        image.setData(raster);
        writer.write(null, new IIOImage(image, null, null), how);
      }
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  private static byte[] withExif(byte[] jpeg) {
    byte[] exif = exif(8);
    ByteBuffer file = ByteBuffer.allocate(jpeg.length + 10 + exif.length);
    file.put(jpeg, 0, 2).put((byte) 0xFF).put((byte) 0xE1).putShort((short) (8 + exif.length));
    file.put(new byte[] {'E', 'x', 'i', 'f', 0, 0}).put(exif);
    return file.put(jpeg, 2, jpeg.length - 2).array();
  }

  /** The file with another size in its frame header. */
  static byte[] resizedJpeg(byte[] jpeg, int width, int height) {
    byte[] copy = jpeg.clone();
    for (int at = 2;
        at + 9 < copy.length;
        at += 2 + ((copy[at + 2] & 0xFF) << 8 | copy[at + 3] & 0xFF)) {
      if (copy[at + 1] == (byte) 0xC0 || copy[at + 1] == (byte) 0xC2) {
        ByteBuffer.wrap(copy).putShort(at + 5, (short) height).putShort(at + 7, (short) width);
        return copy;
      }
    }
    throw new IllegalStateException("no frame header");
  }
}
