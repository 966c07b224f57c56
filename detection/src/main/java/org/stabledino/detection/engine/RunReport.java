package org.stabledino.detection.engine;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.ImageDecoder;
import org.stabledino.detection.data.RgbImage;
import org.stabledino.detection.evaluation.CocoEvaluator;
import org.stabledino.detection.evaluation.CocoGroundTruth;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.Detection;
import org.stabledino.detection.evaluation.DetectionList;
import org.stabledino.detection.report.BoxPainter;
import org.stabledino.detection.report.Curves;
import org.stabledino.detection.report.HtmlReport;
import org.stabledino.detection.report.LabelledBox;
import org.stabledino.detection.report.PngFile;

/** The page of a run: {@code index.html} with figures, curves and annotated pictures. */
public final class RunReport {
  private static final int PICTURES = 24;
  private static final double SHOWN_SCORE = 0.3;

  private RunReport() {}

  /**
   * Writes the page from what a finished run left in its folder.
   *
   * @param folder the run's
   * @param title the page's headline
   * @param validation what the run was evaluated on
   * @param facts more tiles, by name
   */
  public static void write(
      RunFolder folder, String title, DataSource validation, Map<String, String> facts) {
    CocoGroundTruth truth = CocoGroundTruth.of(validation.dataset());
    DetectionList detections = CocoResults.read(folder.detections(), truth);
    HtmlReport page =
        new HtmlReport(title, "dashed frames: ground truth; solid frames: detections")
            .metrics(CocoEvaluator.evaluate(truth, detections))
            .facts(facts)
            .configuration(
                RunFolder.readConfig(folder.config()).entrySet().stream()
                    .map(entry -> entry.getKey() + " = " + entry.getValue())
                    .collect(Collectors.joining("\n")));
    addCurves(folder, page);
    addPictures(folder, page, validation, detections);
    page.write(folder.page());
  }

  private static void addCurves(RunFolder folder, HtmlReport page) {
    List<Map<String, Double>> lines = MetricsLog.read(folder.log());
    Path loss = folder.chart("loss");
    Curves losses = new Curves("Training loss", "step", "weighted sum of all losses").logScale();
    addSeries(losses, "loss", lines, "loss");
    if (losses.write(loss)) {
      page.curve(loss, "Training loss");
    }
    Path ap = folder.chart("ap");
    Curves figures = new Curves("Validation", "step", "average precision");
    for (String figure : List.of("AP", "AP50", "AP75")) {
      addSeries(figures, figure, lines, "val/" + figure);
    }
    if (figures.write(ap)) {
      page.curve(ap, "COCO figures on the validation pictures");
    }
    Path unstable = folder.chart("unstable");
    Curves scores = new Curves("Unstable score", "step", "% of ground truths");
    for (int pair = 0; lines.stream().anyMatch(hasKey("unstable_" + pair)); pair++) {
      addSeries(
          scores,
          (pair == 0 ? "encoder" : "layer " + pair) + " to layer " + (pair + 1),
          lines,
          "unstable_" + pair);
    }
    if (scores.write(unstable)) {
      page.curve(
          unstable, "Ground truths that change their query between adjacent layers (Sec. 2.4.3)");
    }
  }

  private static Predicate<Map<String, Double>> hasKey(String key) {
    return line -> line.containsKey(key);
  }

  private static void addSeries(
      Curves chart, String name, List<Map<String, Double>> lines, String key) {
    List<Map<String, Double>> points = lines.stream().filter(hasKey(key)).toList();
    chart.add(
        name,
        points.stream().mapToDouble(line -> line.get("step")).toArray(),
        points.stream().mapToDouble(line -> line.get(key)).toArray());
  }

  private static void addPictures(
      RunFolder folder, HtmlReport page, DataSource validation, DetectionList detections) {
    CocoDataset dataset = validation.dataset();
    Map<Long, List<LabelledBox>> found = new HashMap<>();
    for (int i = 0; i < detections.size(); i++) {
      Detection detection = detections.get(i);
      if (detection.score() >= SHOWN_SCORE) {
        found
            .computeIfAbsent(detection.imageId(), _ -> new ArrayList<>())
            .add(
                new LabelledBox(
                    detection.x(),
                    detection.y(),
                    detection.width(),
                    detection.height(),
                    dataset.label(detection.categoryId()),
                    detection.score()));
      }
    }
    BoxPainter painter = new BoxPainter(dataset.categories().stream().map(Category::name).toList());
    int shown = Math.min(PICTURES, dataset.images().size());
    for (int i = 0; i < shown; i++) {
      CocoDataset.Image image = dataset.images().get(i);
      List<LabelledBox> truth = dataset.annotationsOf(i).stream().map(truthOf(dataset)).toList();
      Path file = folder.pictures().resolve(String.format(Locale.ROOT, "%02d.png", i + 1));
      PngFile.write(
          painter.paint(
              toBuffered(ImageDecoder.read(validation.imageFile(i))),
              found.getOrDefault(image.id(), List.of()),
              truth),
          file);
      page.picture(file, image.fileName());
    }
  }

  private static Function<Annotation, LabelledBox> truthOf(CocoDataset dataset) {
    return annotation ->
        LabelledBox.truth(
            annotation.x(),
            annotation.y(),
            annotation.width(),
            annotation.height(),
            dataset.label(annotation.categoryId()));
  }

  /**
   * A decoded picture as Java's own kind.
   *
   * @param image the pixels
   * @return a copy
   */
  public static BufferedImage toBuffered(RgbImage image) {
    BufferedImage buffered =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    int[] packed = new int[image.width() * image.height()];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
    }
    buffered.setRGB(0, 0, image.width(), image.height(), packed, 0, image.width());
    return buffered;
  }

  /**
   * Facts in the order they are given.
   *
   * @param namesAndValues name, value, name, value and so on
   * @return value by name
   * @throws IllegalArgumentException if the last name has no value
   */
  public static Map<String, String> facts(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException(
          "facts: %d texts, the last name has no value".formatted(namesAndValues.length));
    }
    Map<String, String> facts = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      facts.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return facts;
  }
}
