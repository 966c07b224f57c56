package org.stabledino.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;
import org.stabledino.detection.evaluation.CocoCategory;
import org.stabledino.detection.evaluation.CocoEvaluator;
import org.stabledino.detection.evaluation.CocoGroundTruth;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.evaluation.DetectionList;
import org.stabledino.detection.evaluation.GroundTruthBox;

/**
 * The COCO box metrics over a whole validation set: matching, accumulation, the twelve figures.
 *
 * <p>The largest shape is that of COCO's val2017: 5,000 images, 80 categories, 300 detections an
 * image, one and a half million in all. Half of the detections lie on an object.
 */
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 3, time = 5)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CocoEvaluationBenchmark extends Workload {
  private static final int OBJECTS = 7;

  /** Images, detections an image, categories. */
  @Param({"scenes 150x50 classes 6", "val2017 5000x300 classes 80"})
  public String shape;

  private CocoGroundTruth truth;
  private DetectionList detections;

  /** A benchmark without memory yet. */
  public CocoEvaluationBenchmark() {}

  /** Draws objects and detections. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    int images = s.get(0);
    int perImage = s.get(1);
    int classes = s.get(2);
    Random random = new Random(60);
    long[] imageIds = new long[images];
    List<CocoCategory> categories = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      categories.add(new CocoCategory(c + 1, "class " + (c + 1)));
    }
    List<GroundTruthBox> boxes = new ArrayList<>();
    detections = new DetectionList(images * perImage);
    for (int image = 0; image < images; image++) {
      imageIds[image] = image + 1;
      int first = boxes.size();
      for (int i = 0; i < OBJECTS; i++) {
        boxes.add(object(boxes.size() + 1, image + 1, classes, random));
      }
      for (int i = 0; i < perImage; i++) {
        GroundTruthBox near = boxes.get(first + random.nextInt(OBJECTS));
        double shift = (i % 2 == 0 ? 0.3 : 5) * near.width() * random.nextDouble();
        detections.add(
            image + 1,
            near.categoryId(),
            near.x() + shift,
            near.y(),
            near.width(),
            near.height(),
            random.nextDouble());
      }
    }
    truth = new CocoGroundTruth(imageIds, categories, boxes);
  }

  private static GroundTruthBox object(long id, long image, int classes, Random random) {
    double side = 10 + 150 * random.nextDouble();
    double x = 500 * random.nextDouble();
    double y = 400 * random.nextDouble();
    long category = 1 + random.nextInt(classes);
    boolean crowd = random.nextInt(50) == 0;
    return new GroundTruthBox(id, image, category, x, y, side, side, side * side, crowd);
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  // Ten thresholds and four ranges of area for each group of one image and category; images in
  // parallel, then categories in parallel. Reading the result file is not part of it.

  /**
   * Evaluates.
   *
   * @return all figures
   */
  @Benchmark
  public CocoMetrics evaluate() {
    return CocoEvaluator.evaluate(truth, detections);
  }
}
