package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
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
    int data = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("IDAT") + 6;
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
