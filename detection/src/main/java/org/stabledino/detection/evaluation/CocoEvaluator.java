package org.stabledino.detection.evaluation;

import static org.stabledino.detection.evaluation.CocoProtocol.ALL;
import static org.stabledino.detection.evaluation.CocoProtocol.IOU_COUNT;
import static org.stabledino.detection.evaluation.CocoProtocol.LARGE;
import static org.stabledino.detection.evaluation.CocoProtocol.MEDIUM;
import static org.stabledino.detection.evaluation.CocoProtocol.SMALL;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The COCO detection metrics for boxes and for masks, equal to pycocotools.
 *
 * <p>Three stages: group detections and annotations by image and category, match each group ({@link
 * CellMatcher}; parallel over images), accumulate each category ({@link ClassAccumulator}; parallel
 * over categories). Every task writes only its own slots, so the result does not depend on the
 * number of threads.
 */
public final class CocoEvaluator {
  private CocoEvaluator() {}

  /**
   * Measures detected boxes.
   *
   * @param truth the annotations, images and categories
   * @param detections what was found, in the order of the result file: it decides between equal
   *     scores
   * @return all figures
   * @throws IllegalArgumentException where a detection names an unlisted image or category or its
   *     score is not finite; {@link CocoResults#read} reports the same with file and entry
   */
  public static CocoMetrics evaluate(CocoGroundTruth truth, DetectionList detections) {
    return evaluate(truth, detections, new BoxOverlap(detections, truth));
  }

  /**
   * Measures detected masks. A detection's area is that of its mask.
   *
   * @param truth the annotations with their masks
   * @param detections what was found, in the order of the result file
   * @return all figures
   * @throws IllegalArgumentException where a detection names an unlisted image or category, its
   *     score is not finite, or its mask has another size than the annotations'; {@link
   *     CocoResults#readMasks} reports the same with file and entry
   */
  public static CocoMetrics evaluate(MaskGroundTruth truth, MaskDetections detections) {
    return evaluate(truth.boxes(), detections.boxes(), new MaskOverlap(detections, truth));
  }

  private static CocoMetrics evaluate(
      CocoGroundTruth truth, DetectionList detections, RegionOverlap regions) {
    int categories = truth.categories().size();
    int images = truth.imageCount();
    int cellCount = Math.multiplyExact(images, categories);
    Cells truths =
        Cells.group(
            cellCount,
            truth.boxCount(),
            i -> {
              GroundTruthBox box = truth.box(i);
              return truth.imageIndex(box.imageId()) * categories
                  + truth.categoryIndex(box.categoryId());
            });
    double[] scores = new double[detections.size()];
    Cells found =
        Cells.group(cellCount, detections.size(), i -> cellOf(truth, detections, i, scores));
    long[] matched = new long[detections.size()];
    long[] ignored = new long[detections.size()];
    int[] scratch = new int[detections.size()];
    IntStream.range(0, images)
        .parallel()
        .forEach(
            image -> {
              CellMatcher matcher = new CellMatcher(truth, regions);
              for (int c = 0; c < categories; c++) {
                int cell = image * categories + c;
                StableOrder.descending(
                    found.items(), found.start(cell), found.end(cell), scores, scratch);
                matcher.match(cell, found, truths, matched, ignored);
              }
            });
    ClassAccumulator[] classes = new ClassAccumulator[categories];
    IntStream.range(0, categories)
        .parallel()
        .forEach(
            c ->
                classes[c] =
                    ClassAccumulator.of(
                        c, categories, truth, truths, found, scores, matched, ignored));
    return summarise(truth, classes);
  }

  private static int cellOf(
      CocoGroundTruth truth, DetectionList detections, int i, double[] scores) {
    int image = truth.imageIndex(detections.imageId(i));
    int category = truth.categoryIndex(detections.categoryId(i));
    if (image < 0 || category < 0) {
      throw new IllegalArgumentException(
          "detection "
              + i
              + (image < 0
                  ? " names image " + detections.imageId(i)
                  : " names category " + detections.categoryId(i))
              + ", which the ground truth does not list");
    }
    scores[i] = detections.score(i);
    if (!Double.isFinite(scores[i])) {
      throw new IllegalArgumentException("detection " + i + " has the score " + scores[i]);
    }
    return image * truth.categories().size() + category;
  }

  private static CocoMetrics summarise(CocoGroundTruth truth, ClassAccumulator[] classes) {
    List<ClassMetrics> perClass = new ArrayList<>(classes.length);
    for (int c = 0; c < classes.length; c++) {
      perClass.add(classMetrics(truth.categories().get(c), classes[c]));
    }
    List<Double> byIou = new ArrayList<>(IOU_COUNT);
    for (int iou = 0; iou < IOU_COUNT; iou++) {
      byIou.add(precision(classes, ALL, iou, iou + 1));
    }
    return new CocoMetrics(
        precision(classes, ALL, 0, IOU_COUNT),
        byIou.get(0),
        byIou.get(5),
        precision(classes, SMALL, 0, IOU_COUNT),
        precision(classes, MEDIUM, 0, IOU_COUNT),
        precision(classes, LARGE, 0, IOU_COUNT),
        recallByLimit(classes, 0),
        recallByLimit(classes, 1),
        recallByLimit(classes, 2),
        recall(classes, SMALL),
        recall(classes, MEDIUM),
        recall(classes, LARGE),
        byIou,
        perClass);
  }

  private static ClassMetrics classMetrics(CocoCategory category, ClassAccumulator c) {
    ClassAccumulator[] one = {c};
    return new ClassMetrics(
        category.id(),
        category.name(),
        precision(one, ALL, 0, IOU_COUNT),
        precision(one, ALL, 0, 1),
        precision(one, ALL, 5, 6),
        precision(one, SMALL, 0, IOU_COUNT),
        precision(one, MEDIUM, 0, IOU_COUNT),
        precision(one, LARGE, 0, IOU_COUNT),
        recallByLimit(one, 0),
        recallByLimit(one, 1),
        recallByLimit(one, 2));
  }

  private static double precision(ClassAccumulator[] classes, int area, int fromIou, int toIou) {
    Mean mean = new Mean();
    for (ClassAccumulator c : classes) {
      mean.addAll(c.precision(), area * IOU_COUNT + fromIou, area * IOU_COUNT + toIou);
    }
    return mean.value();
  }

  private static double recall(ClassAccumulator[] classes, int area) {
    Mean mean = new Mean();
    for (ClassAccumulator c : classes) {
      mean.addAll(c.recall(), area * IOU_COUNT, (area + 1) * IOU_COUNT);
    }
    return mean.value();
  }

  private static double recallByLimit(ClassAccumulator[] classes, int limit) {
    Mean mean = new Mean();
    for (ClassAccumulator c : classes) {
      mean.addAll(c.recallByLimit(), limit * IOU_COUNT, (limit + 1) * IOU_COUNT);
    }
    return mean.value();
  }

  /** A mean that leaves out the entries at -1, and is -1 where nothing is left. */
  private static final class Mean {
    private double sum;
    private int count;

    void addAll(double[] values, int from, int to) {
      for (double v : Arrays.copyOfRange(values, from, to)) {
        if (v > -1) {
          sum += v;
          count++;
        }
      }
    }

    double value() {
      return count == 0 ? -1 : sum / count;
    }
  }
}
