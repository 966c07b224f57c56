package org.stabledino.detection.scenes;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Encodes scenes as PNG (RFC 2083): 8-bit RGB, rows unfiltered, the deflater at its fastest.
 *
 * <p>ImageIO tries every filter on every row, which costs the data set seconds and saves little on
 * flat colours. For one thread.
 */
final class PngWriter implements AutoCloseable {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final byte BITS = 8;
  private static final byte COLOR_RGB = 2;

  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
  private byte[] rows = {};
  private byte[] packed = {};

  byte[] encode(Scene scene) {
    int size = scene.size();
    int packedLength = deflate(scene.pixels(), size);
    ByteArrayOutputStream png = new ByteArrayOutputStream(packedLength + 64);
    png.writeBytes(SIGNATURE);
    // Width, height, bit depth, colour type, then compression, filter and interlacing: all 0.
    byte[] header =
        ByteBuffer.allocate(13).putInt(size).putInt(size).put(BITS).put(COLOR_RGB).array();
    writeChunk(png, "IHDR", header, header.length);
    writeChunk(png, "IDAT", packed, packedLength);
    writeChunk(png, "IEND", packed, 0);
    return png.toByteArray();
  }

  /** Deflates the rows, each behind a 0 for "no filter", into {@link #packed}. */
  private int deflate(byte[] pixels, int size) {
    int stride = 3 * size;
    int length = size * (stride + 1);
    if (rows.length != length) {
      rows = new byte[length];
      // Deflate adds 5 bytes to each block that it cannot shorten; this is far above that.
      packed = new byte[length + length / 64 + 64];
    }
    for (int y = 0; y < size; y++) {
      System.arraycopy(pixels, y * stride, rows, y * (stride + 1) + 1, stride);
    }
    deflater.reset();
    deflater.setInput(rows);
    deflater.finish();
    int packedLength = deflater.deflate(packed);
    if (!deflater.finished()) {
      throw new IllegalStateException("the deflater needs more than " + packed.length + " bytes");
    }
    return packedLength;
  }

  /** Length, name, content, and the checksum of name and content. */
  private static void writeChunk(
      ByteArrayOutputStream png, String name, byte[] content, int length) {
    byte[] label = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 checksum = new CRC32();
    checksum.update(label);
    checksum.update(content, 0, length);
    png.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
    png.writeBytes(label);
    png.write(content, 0, length);
    png.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
  }

  @Override
  public void close() {
    deflater.end();
  }
}
