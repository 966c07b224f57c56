package org.stabledino.detection.scenes;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes scenes as PNG with ImageIO, fast rather than small. For one thread. */
final class PngWriter implements AutoCloseable {
  /** Maps to the fastest level of the deflater that still compresses. */
  private static final float FAST = 0.9f;

  private static final int[] RGB_OFFSETS = {0, 1, 2};

  private final ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
  private final ImageWriteParam parameters = writer.getDefaultWriteParam();
  private final ColorModel colors =
      new ComponentColorModel(
          ColorSpace.getInstance(ColorSpace.CS_sRGB),
          false,
          false,
          Transparency.OPAQUE,
          DataBuffer.TYPE_BYTE);

  PngWriter() {
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    parameters.setCompressionQuality(FAST);
  }

  byte[] encode(Scene scene) throws IOException {
    int size = scene.size();
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(scene.pixels(), scene.pixels().length),
            size,
            size,
            3 * size,
            3,
            RGB_OFFSETS,
            null);
    var bytes = new ByteArrayOutputStream(1 << 16);
    try (var stream = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(stream);
      var image = new BufferedImage(colors, raster, false, null);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.setOutput(null);
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    writer.dispose();
  }
}
