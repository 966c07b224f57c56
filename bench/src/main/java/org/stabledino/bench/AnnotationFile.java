package org.stabledino.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * Writes annotation files that look like COCO's: as long lines, with the keys that nobody reads,
 * polygons of 25 points on average with two decimals, and a crowd in a hundred annotations.
 */
final class AnnotationFile {
  private static final int CATEGORIES = 80;
  private static final int CROWD_EVERY = 100;

  private final Random random = new Random(60);
  private final StringBuilder text = new StringBuilder();

  private AnnotationFile() {}

  static void write(Path file, int images, int annotations) throws IOException {
    AnnotationFile writer = new AnnotationFile();
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
      out.write("{\"info\": {\"year\": 2017}, \"licenses\": [], \"images\": [");
      for (int i = 0; i < images; i++) {
        out.write(i == 0 ? "" : ",");
        out.write(image(i));
      }
      out.write("], \"annotations\": [");
      for (int i = 0; i < annotations; i++) {
        writer.text.setLength(0);
        writer.text.append(i == 0 ? "" : ",");
        writer.annotation(i, images);
        out.append(writer.text);
      }
      out.write("], \"categories\": [");
      for (int c = 0; c < CATEGORIES; c++) {
        out.write((c == 0 ? "" : ",") + "{\"id\": " + (c + 1) + ", \"name\": \"class " + c + "\"}");
      }
      out.write("]}");
    }
  }

  private static String image(int i) {
    String name = String.format(Locale.ROOT, "%012d.jpg", i + 1);
    return "{\"license\": 3,\"file_name\": \""
        + name
        + "\",\"coco_url\": \"http://images.example.org/train2017/"
        + name
        + "\",\"height\": 480,\"width\": 640,\"date_captured\": \"2013-11-14 11:18:45\","
        + "\"flickr_url\": \"http://photos.example.org/9250/9378_"
        + name
        + "\",\"id\": "
        + (i + 1)
        + "}";
  }

  private void annotation(int i, int images) {
    boolean crowd = i % CROWD_EVERY == CROWD_EVERY - 1;
    int x = 8000 + random.nextInt(48_000);
    int y = 8000 + random.nextInt(32_000);
    int radius = 300 + random.nextInt(7000);
    text.append("{\"segmentation\": ");
    if (crowd) {
      runs();
    } else {
      polygon(x, y, radius);
    }
    text.append(",\"area\": ").append(random.nextDouble() * 20_000);
    text.append(",\"iscrowd\": ").append(crowd ? 1 : 0);
    text.append(",\"image_id\": ").append(1 + random.nextInt(images)).append(",\"bbox\": [");
    hundredths(x - radius).append(',');
    hundredths(y - radius).append(',');
    hundredths(2 * radius).append(',');
    hundredths(2 * radius).append("],\"category_id\": ");
    text.append(1 + random.nextInt(CATEGORIES)).append(",\"id\": ").append(100_000 + i).append('}');
  }

  private void polygon(int x, int y, int radius) {
    int points = 6 + random.nextInt(39);
    text.append("[[");
    for (int p = 0; p < points; p++) {
      double angle = 2 * Math.PI * p / points;
      double r = radius * (0.6 + 0.4 * random.nextDouble());
      text.append(p == 0 ? "" : ",");
      hundredths(x + (int) (r * Math.cos(angle))).append(',');
      hundredths(y + (int) (r * Math.sin(angle)));
    }
    text.append("]]");
  }

  /** Run lengths of a 480 x 640 mask. */
  private void runs() {
    text.append("{\"counts\": [");
    int left = 480 * 640;
    while (left > 1500) {
      int run = 1 + random.nextInt(1500);
      text.append(run).append(',');
      left -= run;
    }
    text.append(left).append("],\"size\": [480,640]}");
  }

  private StringBuilder hundredths(int value) {
    text.append(value / 100).append('.').append(value / 10 % 10);
    if (value % 10 != 0) {
      text.append(value % 10);
    }
    return text;
  }
}
