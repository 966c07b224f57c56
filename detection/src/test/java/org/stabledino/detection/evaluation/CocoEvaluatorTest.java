package org.stabledino.detection.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.testing.RecordedJson;
import org.stabledino.nn.testing.Fixtures;

class CocoEvaluatorTest {
  private static final double TOLERANCE = 1e-9;

  @TestFactory
  @Tag("parity")
  Stream<DynamicTest> equalsTheReferenceOnEveryRecordedCase() throws IOException {
    List<Path> folders;
    try (Stream<Path> files = Files.list(Fixtures.folder("cocoeval"))) {
      folders = files.filter(Files::isDirectory).sorted().toList();
    }
    List<DynamicTest> tests =
        folders.stream()
            .flatMap(
                folder -> {
                  RecordedJson expected = RecordedJson.read(folder.resolve("expected.json"));
                  return Stream.of("bbox", "segm")
                      .filter(expected::has)
                      .map(
                          type ->
                              DynamicTest.dynamicTest(
                                  folder.getFileName() + " " + type,
                                  () -> assertParity(folder, type)));
                })
            .toList();
    assertThat(tests).hasSize(11);
    return tests.stream();
  }

  @ParameterizedTest
  @CsvSource({"synth_basic, bbox", "synth_ties, bbox", "no_detections, bbox", "synth_segm, segm"})
  void equalsTheReferenceOnTheCommittedCases(String name, String type) throws URISyntaxException {
    assertParity(Path.of(getClass().getResource("/cocoeval/" + name).toURI()), type);
  }

  private static CocoMetrics evaluate(Path folder, String type) {
    Path single = folder.resolve("dt.json");
    Path file = Files.exists(single) ? single : folder.resolve("dt_" + type + ".json");
    if (type.equals("bbox")) {
      CocoGroundTruth truth = truth(folder);
      return CocoEvaluator.evaluate(truth, CocoResults.read(file, truth));
    }
    MaskGroundTruth truth = MaskGroundTruth.of(CocoDataset.read(folder.resolve("gt.json")));
    return CocoEvaluator.evaluate(truth, CocoResults.readMasks(file, truth));
  }

  private static void assertParity(Path folder, String type) {
    CocoMetrics metrics = evaluate(folder, type);
    RecordedJson expected = RecordedJson.read(folder.resolve("expected.json")).get(type);
    assertFigures("stats", metrics.figures(), expected.get("stats").numbers());
    assertFigures("AP_by_iou", metrics.figuresByIou(), expected.get("AP_by_iou").numbers());
    List<RecordedJson> classes = expected.get("per_class").list();
    assertThat(metrics.perClass()).hasSameSizeAs(classes);
    for (int c = 0; c < classes.size(); c++) {
      ClassMetrics actual = metrics.perClass().get(c);
      RecordedJson e = classes.get(c);
      assertThat(actual.categoryId()).isEqualTo(e.get("category_id").asLong());
      assertThat(actual.name()).isEqualTo(e.get("name").asString());
      actual
          .figures()
          .forEach(
              (name, value) ->
                  assertThat(value)
                      .as("%s of %s", name, actual.name())
                      .isCloseTo(e.get(name).asDouble(), within(TOLERANCE)));
    }
  }

  private static CocoGroundTruth truth(Path folder) {
    return CocoGroundTruth.of(CocoDataset.read(folder.resolve("gt.json")));
  }

  private static void assertFigures(
      String what, Map<String, Double> actual, Map<String, Double> expected) {
    assertThat(actual.keySet()).as(what).containsExactlyElementsOf(expected.keySet());
    expected.forEach(
        (name, value) ->
            assertThat(actual.get(name))
                .as("%s of %s", name, what)
                .isCloseTo(value, within(TOLERANCE)));
  }

  @Test
  void doesNotDependOnTheNumberOfThreads() throws Exception {
    CocoGroundTruth truth = randomTruth(new SplittableRandom(5), 60, 4);
    DetectionList detections = randomDetections(new SplittableRandom(6), 60, 4, 40);
    CocoMetrics expected = CocoEvaluator.evaluate(truth, detections);
    for (int threads : new int[] {1, 3}) {
      try (ForkJoinPool pool = new ForkJoinPool(threads)) {
        assertThat(pool.submit(() -> CocoEvaluator.evaluate(truth, detections)).get())
            .isEqualTo(expected);
      }
    }
    assertThat(expected.ap()).isBetween(0.001, 0.999);
  }

  @Test
  void aDetectionThatCoversPartOfACrowdIsNeitherHitNorMiss() {
    CocoGroundTruth truth =
        new CocoGroundTruth(
            new long[] {7},
            List.of(new CocoCategory(3, "cell")),
            List.of(
                new GroundTruthBox(1, 7, 3, 0, 0, 50, 50, 2500, false),
                new GroundTruthBox(2, 7, 3, 100, 0, 200, 200, 40_000, true)));
    DetectionList detections = new DetectionList();
    detections.add(7, 3, 120, 20, 30, 30, 0.9);
    detections.add(7, 3, 160, 20, 30, 30, 0.8);
    detections.add(7, 3, 0, 0, 50, 50, 0.7);
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, detections);
    assertThat(metrics.ap()).isCloseTo(1, within(1e-12));
    assertThat(metrics.apSmall()).isEqualTo(-1);
    assertThat(metrics.apLarge()).isEqualTo(-1);
    assertThat(metrics.ar1()).isZero();
    assertThat(metrics.ar10()).isEqualTo(1);
  }

  @Test
  void withoutAnyAnnotationEveryFigureIsMinusOne() {
    CocoGroundTruth truth =
        new CocoGroundTruth(new long[] {1}, List.of(new CocoCategory(1, "a")), List.of());
    DetectionList detections = new DetectionList();
    detections.add(1, 1, 0, 0, 5, 5, 0.5);
    CocoMetrics metrics = CocoEvaluator.evaluate(truth, detections);
    assertThat(metrics.figures().values()).hasSize(12).containsOnly(-1.0);
    assertThat(metrics.apByIou()).hasSize(10).containsOnly(-1.0);
  }

  @Test
  void namesADetectionItCannotPlace() {
    CocoGroundTruth truth =
        new CocoGroundTruth(new long[] {1}, List.of(new CocoCategory(1, "a")), List.of());
    DetectionList strayImage = new DetectionList();
    strayImage.add(2, 1, 0, 0, 5, 5, 0.5);
    assertThatThrownBy(() -> CocoEvaluator.evaluate(truth, strayImage))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("detection 0 names image 2");
    DetectionList badScore = new DetectionList();
    badScore.add(1, 1, 0, 0, 5, 5, Double.NaN);
    assertThatThrownBy(() -> CocoEvaluator.evaluate(truth, badScore))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("score NaN");
  }

  @Test
  void printsTheTwelveLinesThatCocoUsersKnow() throws URISyntaxException {
    Path folder = Path.of(getClass().getResource("/cocoeval/synth_basic").toURI());
    CocoGroundTruth truth = truth(folder);
    CocoMetrics metrics =
        CocoEvaluator.evaluate(truth, CocoResults.read(folder.resolve("dt.json"), truth));
    List<String> lines = metrics.summary().lines().toList();
    assertThat(lines).hasSize(12);
    assertThat(lines.get(0))
        .isEqualTo(
            " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.368");
    assertThat(lines.get(1))
        .isEqualTo(
            " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.649");
    assertThat(lines.get(6))
        .isEqualTo(
            " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.340");
    assertThat(lines.get(11))
        .isEqualTo(
            " Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.445");
    List<String> table = metrics.classTable().lines().toList();
    assertThat(table).hasSize(metrics.perClass().size() + 2);
    assertThat(table.get(1)).startsWith("class_1 ").contains("43.4");
    assertThat(table.getLast()).startsWith("all ").contains("36.8");
  }

  @Test
  void writesTheFiguresAtFullPrecision(@TempDir Path folder) throws URISyntaxException {
    Path recorded = Path.of(getClass().getResource("/cocoeval/synth_ties").toURI());
    CocoGroundTruth truth = truth(recorded);
    CocoMetrics metrics =
        CocoEvaluator.evaluate(truth, CocoResults.read(recorded.resolve("dt.json"), truth));
    Path file = folder.resolve("new/metrics.json");
    MetricsJson.write(file, metrics);
    RecordedJson written = RecordedJson.read(file).get("bbox");
    assertThat(written.get("stats").numbers()).isEqualTo(metrics.figures());
    assertThat(written.get("AP_by_iou").numbers()).isEqualTo(metrics.figuresByIou());
    assertThat(written.get("per_class").list().get(1).get("APm").asDouble())
        .isEqualTo(metrics.perClass().get(1).apMedium());
    assertThat(file.getParent().toFile().list()).containsExactly("metrics.json");
  }

  private static CocoGroundTruth randomTruth(RandomGenerator random, int images, int categories) {
    List<CocoCategory> names = new ArrayList<>();
    for (int c = 0; c < categories; c++) {
      names.add(new CocoCategory(10L * c + 1, "c" + c));
    }
    long[] ids = new long[images];
    List<GroundTruthBox> boxes = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      ids[i] = 5_000_000_000L + i;
      for (int k = random.nextInt(8); k > 0; k--) {
        double w = 20 + 40 * random.nextInt(3);
        double h = 20 + 40 * random.nextInt(3);
        boxes.add(
            new GroundTruthBox(
                boxes.size() + 1,
                ids[i],
                10L * random.nextInt(categories) + 1,
                random.nextInt(4) * 60,
                random.nextInt(4) * 60,
                w,
                h,
                w * h,
                random.nextInt(10) == 0));
      }
    }
    return new CocoGroundTruth(ids, names, boxes);
  }

  private static DetectionList randomDetections(
      RandomGenerator random, int images, int categories, int perImage) {
    DetectionList detections = new DetectionList(1);
    for (int i = 0; i < images * perImage; i++) {
      detections.add(
          5_000_000_000L + random.nextInt(images),
          10L * random.nextInt(categories) + 1,
          random.nextInt(4) * 60,
          random.nextInt(4) * 60,
          20 + 40 * random.nextInt(3),
          20 + 40 * random.nextInt(3),
          random.nextInt(20) / 20.0);
    }
    return detections;
  }
}
