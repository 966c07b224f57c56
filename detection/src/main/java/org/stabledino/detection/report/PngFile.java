package org.stabledino.detection.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.stabledino.detection.files.AtomicFile;

/** Pictures as PNG files. */
public final class PngFile {
  private PngFile() {}

  /**
   * Writes a picture; its folder is made if it is missing.
   *
   * @param picture what
   * @param file where
   */
  public static void write(BufferedImage picture, Path file) {
    AtomicFile.write(
        file,
        out -> {
          if (!ImageIO.write(picture, "png", out)) {
            throw new IOException("this Java has no PNG writer");
          }
        });
  }
}
