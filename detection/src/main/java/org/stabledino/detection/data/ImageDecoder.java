package org.stabledino.detection.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.stabledino.detection.UserException;

/**
 * From an image file to RGB bytes, equal to what Pillow's {@code Image.open(f).convert("RGB")}
 * gives after applying the EXIF orientation: the reference trains on those bytes.
 *
 * <p>JPEG and PNG are read, whatever the file is called. A truncated or damaged file is an error;
 * nothing is filled with grey.
 */
public final class ImageDecoder {

  /** Larger images are taken for a mistake or an attack; the same bound as Pillow's. */
  private static final long MAX_PIXELS = 178_956_970;

  private ImageDecoder() {}

  /** Why some bytes are no image; the file is named by the caller. */
  static final class UnreadableImageException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableImageException(String message) {
      super(message);
    }
  }

  /**
   * Reads an image file.
   *
   * @param file JPEG or PNG
   * @return its pixels, upright
   * @throws UserException naming the file and what is wrong with it
   */
  public static RgbImage read(Path file) {
    try {
      return decode(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new UserException(file + ": no such image file; check the image folder", e);
    } catch (IOException | RuntimeException e) {
      // The JDK's readers answer damaged data with many kinds of unchecked exceptions.
      throw new UserException(
          "%s: cannot be read as an image (%s); replace or remove it".formatted(file, reason(e)),
          e);
    }
  }

  /**
   * Decodes the bytes of an image file.
   *
   * @param bytes a whole JPEG or PNG file
   * @return its pixels, upright
   * @throws IOException if the bytes are no such file, or damaged
   */
  static RgbImage decode(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      throw new UnreadableImageException("the file is empty");
    }
    if (startsWith(bytes, 0xFF, 0xD8, 0xFF)) {
      return JpegDecoder.decode(bytes);
    }
    if (startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n')) {
      return PngDecoder.decode(bytes);
    }
    throw new UnreadableImageException(
        formatName(bytes) + ", only JPEG and PNG images can be read");
  }

  private static String formatName(byte[] bytes) {
    if (startsWith(bytes, 'G', 'I', 'F', '8')) {
      return "it is a GIF file";
    }
    if (startsWith(bytes, 'B', 'M')) {
      return "it is a BMP file";
    }
    if (startsWith(bytes, 'R', 'I', 'F', 'F')) {
      return "it is a WebP file";
    }
    if (startsWith(bytes, 'I', 'I', '*', 0) || startsWith(bytes, 'M', 'M', 0, '*')) {
      return "it is a TIFF file";
    }
    return "it is no image file";
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (bytes[i] != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }

  private static String reason(Exception e) {
    String message = e.getMessage();
    return message == null || message.isBlank()
        ? "damaged data: " + e.getClass().getSimpleName()
        : message.lines().findFirst().orElseThrow().strip();
  }

  /**
   * The JDK's own reader of a format; plug-ins on the class path convert colours in other ways.
   *
   * @param format ImageIO's name of it
   * @return a new reader
   */
  static ImageReader jdkReader(String format) {
    for (Iterator<ImageReader> all = ImageIO.getImageReadersByFormatName(format); all.hasNext(); ) {
      ImageReader reader = all.next();
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
    }
    throw new IllegalStateException("this Java runtime cannot read " + format + " images");
  }

  /** Refuses a header that promises more than the coded data can hold, before memory is taken. */
  static void checkPromise(int width, int height, long promised, long mostPossible)
      throws UnreadableImageException {
    if (promised > mostPossible) {
      throw new UnreadableImageException(
          "its header promises %d x %d pixels, for which the file is too short"
              .formatted(width, height));
    }
  }

  static void checkSize(int width, int height) throws UnreadableImageException {
    if (width <= 0 || height <= 0 || (long) width * height > MAX_PIXELS) {
      throw new UnreadableImageException("its size is " + width + " x " + height + " pixels");
    }
  }
}
