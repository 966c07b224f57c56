package org.stabledino.detection.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Images and data set folders made up for a test. */
final class TestImages {

  private TestImages() {}

  static RgbImage noise(int width, int height, long seed) {
    byte[] rgb = new byte[3 * width * height];
    new Random(seed).nextBytes(rgb);
    return new RgbImage(width, height, rgb);
  }

  static void writePng(RgbImage image, Path file) throws IOException {
    var picture = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int i = 0; i < image.width() * image.height(); i++) {
      int colour = (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | rgb[3 * i + 2] & 0xFF;
      picture.setRGB(i % image.width(), i / image.width(), colour);
    }
    ImageIO.write(picture, "png", file.toFile());
  }

  /**
   * A folder with annotations/instances_train.json and images/: two images of 40 x 30 with an
   * object each (the first also a crowd), one of 20 x 50 without any.
   */
  static CocoFolder folder(Path root) throws IOException {
    Files.createDirectories(root.resolve("annotations"));
    Files.createDirectories(root.resolve("images"));
    Files.writeString(
        root.resolve("annotations/instances_train.json"),
        """
        {"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30},
                    {"id": 2, "file_name": "b.png", "width": 40, "height": 30},
                    {"id": 3, "file_name": "c.png", "width": 20, "height": 50}],
         "annotations": [
          {"id": 11, "image_id": 1, "category_id": 5, "bbox": [4, 6, 10.5, 12]},
          {"id": 12, "image_id": 1, "category_id": 5, "bbox": [0, 0, 40, 30], "iscrowd": 1},
          {"id": 13, "image_id": 2, "category_id": 9, "bbox": [30, 0, 10, 4.5]}],
         "categories": [{"id": 9, "name": "cup"}, {"id": 5, "name": "pen"}]}
        """);
    writePng(noise(40, 30, 1), root.resolve("images/a.png"));
    writePng(noise(40, 30, 2), root.resolve("images/b.png"));
    writePng(noise(20, 50, 3), root.resolve("images/c.png"));
    return new CocoFolder(root);
  }

  /** CRC-32 of the bytes in C,H,W order, as recorded. */
  static long planarCrc(RgbImage image) {
    byte[] planar = new byte[image.rgb().length];
    int plane = planar.length / 3;
    for (int i = 0; i < planar.length; i++) {
      planar[i % 3 * plane + i / 3] = image.rgb()[i];
    }
    CRC32 crc = new CRC32();
    crc.update(planar);
    return crc.getValue();
  }
}
