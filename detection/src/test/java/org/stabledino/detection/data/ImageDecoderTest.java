package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.UserException;

final class ImageDecoderTest {
  @TempDir Path folder;

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ImageDecoderTest.class.getResourceAsStream("/images/" + name)) {
      return in.readAllBytes();
    }
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  /** Random pixels in every kind of PNG and the usual kinds of JPEG, against Pillow's bytes. */
  @ParameterizedTest
  @CsvFileSource(resources = "/images/crc.csv")
  void everyKindOfFileGivesPillowsBytes(String name, int width, int height, long crc)
      throws IOException {
    RgbImage image = ImageDecoder.decode(resource(name));
    assertThat(image.width()).isEqualTo(width);
    assertThat(image.height()).isEqualTo(height);
    CRC32 actual = new CRC32();
    actual.update(image.rgb());
    assertThat(actual.getValue()).isEqualTo(crc);
  }

  /** A profile that lightens the picture by far, were it applied. */
  private static byte[] profile() {
    return ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
  }

  private static byte[] insert(byte[] file, int at, byte[] piece) {
    return ByteBuffer.allocate(file.length + piece.length)
        .put(file, 0, at)
        .put(piece)
        .put(file, at, file.length - at)
        .array();
  }

  @ParameterizedTest
  @ValueSource(strings = {"j420.jpg", "prog.jpg"})
  void aColourProfileInAJpegIsIgnored(String name) throws IOException {
    byte[] profile = profile();
    byte[] segment =
        ByteBuffer.allocate(18 + profile.length)
            .putShort((short) 0xFFE2)
            .putShort((short) (16 + profile.length))
            .put("ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1))
            .put((byte) 1)
            .put((byte) 1)
            .put(profile)
            .array();
    byte[] plain = resource(name);
    // After SOI and the JFIF segment, whose length stands in bytes 4 and 5.
    byte[] profiled = insert(plain, 4 + (plain[4] << 8 | plain[5] & 0xFF), segment);
    assertThat(ImageDecoder.decode(profiled).rgb()).isEqualTo(ImageDecoder.decode(plain).rgb());
    assertThat(ImageIO.read(new ByteArrayInputStream(profiled)).getRGB(5, 5))
        .as("the JDK applies it")
        .isNotEqualTo(ImageIO.read(new ByteArrayInputStream(plain)).getRGB(5, 5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb8.png", "rgba8.png", "p8.png"})
  void aColourProfileInAPngIsIgnored(String name) throws IOException {
    Deflater deflater = new Deflater();
    deflater.setInput(profile());
    deflater.finish();
    byte[] packed = new byte[10_000];
    int length = deflater.deflate(packed);
    ByteBuffer chunk = ByteBuffer.allocate(8 + 3 + length + 4).putInt(3 + length);
    chunk.put("iCCPp\0\0".getBytes(StandardCharsets.ISO_8859_1)).put(packed, 0, length);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + 3 + length);
    chunk.putInt((int) crc.getValue());
    byte[] plain = resource(name);
    byte[] profiled = insert(plain, 33, chunk.array());
    assertThat(ImageDecoder.decode(profiled).rgb()).isEqualTo(ImageDecoder.decode(plain).rgb());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb8.png", "p8.png", "l8.png", "rgba8.png"})
  void anInterlacedPngGivesTheSamePixels(String name) throws IOException {
    byte[] plain = resource(name);
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(plain));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam interlaced = writer.getDefaultWriteParam();
    interlaced.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), interlaced);
    } finally {
      writer.dispose();
    }
    assertThat(bytes.toByteArray()[28]).as("interlace method").isEqualTo((byte) 1);
    assertThat(ImageDecoder.decode(bytes.toByteArray()).rgb())
        .isEqualTo(ImageDecoder.decode(plain).rgb());
  }

  /** Byte of the frame's marker and its new value, or the byte of its precision. */
  @ParameterizedTest
  @CsvSource({
    "4, 12, a JPEG of 12 bits a channel",
    "1, 0xC3, a lossless or hierarchical JPEG",
    "1, 0xC9, an arithmetic-coded JPEG"
  })
  void unusualJpegsFailByName(int offset, String value, String message) throws IOException {
    byte[] bytes = resource("j444.jpg");
    int frame = 0;
    while (bytes[frame] != (byte) 0xFF || bytes[frame + 1] != (byte) 0xC0) {
      frame++;
    }
    bytes[frame + offset] = Integer.decode(value).byteValue();
    assertProblem(write("unusual.jpg", bytes), message);
  }

  @Test
  void theNameOfAFileDoesNotMatter() throws IOException {
    Path file = write("really-a-png.jpg", resource("rgb8.png"));
    assertThat(ImageDecoder.read(file).width()).isEqualTo(17);
  }

  /** Wherever a file stops, that is an error: no grey areas. */
  @ParameterizedTest
  @ValueSource(strings = {"j420.jpg", "prog.jpg", "grey.jpg", "rgb8.png", "p4.png"})
  void aTruncatedFileIsRefusedWhereverItEnds(String name) throws IOException {
    byte[] bytes = resource(name);
    for (int length = 10; length < bytes.length - 4; length += 1 + bytes.length / 23) {
      Path file = write(name, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> ImageDecoder.read(file))
          .as("%s cut to %d of %d bytes", name, length, bytes.length)
          .isInstanceOf(UserException.class)
          .hasMessageStartingWith(file + ": cannot be read as an image (")
          .hasMessageContaining("ends early")
          .message()
          .hasLineCount(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb8.png", "p4.png", "l16.png"})
  void damagedPixelsArePassedOnAsAnErrorNotAnException(String name) throws IOException {
    byte[] bytes = resource(name);
    int data = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("IDAT") + 6;
    Arrays.fill(bytes, data, data + 20, (byte) 0xFF);
    Path file = write(name, bytes);
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(file + ": cannot be read as an image (")
        .message()
        .hasLineCount(1);
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertProblem(folder.resolve("none.jpg"), "no such image file");
    assertProblem(write("empty.jpg", new byte[0]), "the file is empty");
    assertProblem(write("text.jpg", "hello, world".getBytes()), "it is no image file");
    assertProblem(write("a.png", "GIF89a______".getBytes()), "it is a GIF file, only JPEG and PNG");
    assertProblem(write("b.png", "RIFF____WEBP".getBytes()), "it is a WebP file");
    assertProblem(write("c.png", "BM__________".getBytes()), "it is a BMP file");
    assertProblem(write("d.png", "II*\0________".getBytes()), "it is a TIFF file");
    assertProblem(folder, "cannot be read");
    byte[] huge = resource("rgb8.png");
    huge[17] = 1;
    huge[21] = 1;
    assertProblem(write("huge.png", huge), "its size is 65553 x 65549 pixels");
  }

  private static void assertProblem(Path file, String message) {
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message)
        .message()
        .hasLineCount(1);
  }
}
