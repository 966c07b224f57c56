package org.stabledino.detection.evaluation;

import static org.stabledino.detection.evaluation.CocoProtocol.ALL;
import static org.stabledino.detection.evaluation.CocoProtocol.AREA_COUNT;
import static org.stabledino.detection.evaluation.CocoProtocol.DETECTION_LIMIT;
import static org.stabledino.detection.evaluation.CocoProtocol.IOU_COUNT;
import static org.stabledino.detection.evaluation.CocoProtocol.RECALL_COUNT;

import java.util.Arrays;

/**
 * Precision and recall of one category, over all images.
 *
 * @param precision mean precision over the 101 recall points, by area range and IoU threshold:
 *     {@code [4 * 10]}; -1 where nothing counts
 * @param recall recall of the best 100 detections, by area range and IoU threshold: {@code [4 *
 *     10]}
 * @param recallByLimit recall in all areas of the best 1, 10 and 100 detections of each image, by
 *     limit and IoU threshold: {@code [3 * 10]}
 */
record ClassAccumulator(double[] precision, double[] recall, double[] recallByLimit) {

  /**
   * Accumulates the outcomes of one category.
   *
   * @param category its place
   * @param categoryCount how many categories there are
   * @param truth the annotations
   * @param truths the annotations by cell
   * @param detections the detections by cell, in each cell by descending score
   * @param scores the score of each detection
   * @param matched outcome bits, see {@link CellMatcher}
   * @param ignored outcome bits
   */
  static ClassAccumulator of(
      int category,
      int categoryCount,
      CocoGroundTruth truth,
      Cells truths,
      Cells detections,
      double[] scores,
      long[] matched,
      long[] ignored) {
    int images = truth.imageCount();
    int[] counted = countTruths(category, categoryCount, truth, truths);
    int total = 0;
    for (int image = 0; image < images; image++) {
      total += kept(detections, image * categoryCount + category);
    }
    // Places in the grouped detections, and the rank of each within its image.
    int[] places = new int[total];
    double[] keys = new double[total];
    int[] source = new int[total];
    byte[] rank = new byte[total];
    int n = 0;
    for (int image = 0; image < images; image++) {
      int cell = image * categoryCount + category;
      int kept = kept(detections, cell);
      for (int i = 0; i < kept; i++, n++) {
        places[n] = n;
        source[n] = detections.start(cell) + i;
        keys[n] = scores[detections.items()[source[n]]];
        rank[n] = (byte) i;
      }
    }
    StableOrder.descending(places, 0, total, keys, new int[total]);
    ClassAccumulator result =
        new ClassAccumulator(
            filled(AREA_COUNT * IOU_COUNT),
            filled(AREA_COUNT * IOU_COUNT),
            filled(CocoProtocol.maxDetectionsCount() * IOU_COUNT));
    double[] precisions = new double[total];
    double[] recalls = new double[total];
    for (int area = 0; area < AREA_COUNT; area++) {
      if (counted[area] == 0) {
        continue;
      }
      for (int iou = 0; iou < IOU_COUNT; iou++) {
        long bit = CellMatcher.bit(area, iou);
        int at = area * IOU_COUNT + iou;
        long hits = 0;
        long misses = 0;
        for (int i = 0; i < total; i++) {
          int place = source[places[i]];
          if ((ignored[place] & bit) == 0) {
            if ((matched[place] & bit) != 0) {
              hits++;
            } else {
              misses++;
            }
          }
          recalls[i] = (double) hits / counted[area];
          // The smallest step above 1 keeps 0 / 0 away, as in the reference.
          precisions[i] = hits / ((double) (hits + misses) + Math.ulp(1.0));
        }
        result.recall[at] = total == 0 ? 0 : recalls[total - 1];
        result.precision[at] = meanPrecision(precisions, recalls, total);
      }
    }
    if (counted[ALL] > 0) {
      result.fillRecallByLimit(places, source, rank, matched, ignored, counted[ALL]);
    }
    return result;
  }

  private void fillRecallByLimit(
      int[] places, int[] source, byte[] rank, long[] matched, long[] ignored, int counted) {
    for (int limit = 0; limit < CocoProtocol.maxDetectionsCount(); limit++) {
      for (int iou = 0; iou < IOU_COUNT; iou++) {
        long bit = CellMatcher.bit(ALL, iou);
        long hits = 0;
        for (int place : places) {
          long outcome = matched[source[place]] & ~ignored[source[place]] & bit;
          if (outcome != 0 && rank[place] < CocoProtocol.maxDetections(limit)) {
            hits++;
          }
        }
        recallByLimit[limit * IOU_COUNT + iou] = (double) hits / counted;
      }
    }
  }

  /** The mean over the recall points of the best precision at that recall or beyond. */
  private static double meanPrecision(double[] precisions, double[] recalls, int total) {
    for (int i = total - 1; i > 0; i--) {
      precisions[i - 1] = Math.max(precisions[i - 1], precisions[i]);
    }
    double sum = 0;
    int i = 0;
    for (int r = 0; r < RECALL_COUNT; r++) {
      while (i < total && recalls[i] < CocoProtocol.recall(r)) {
        i++;
      }
      if (i == total) {
        break;
      }
      sum += precisions[i];
    }
    return sum / RECALL_COUNT;
  }

  private static int[] countTruths(
      int category, int categoryCount, CocoGroundTruth truth, Cells truths) {
    int[] counted = new int[AREA_COUNT];
    for (int image = 0; image < truth.imageCount(); image++) {
      int cell = image * categoryCount + category;
      for (int i = truths.start(cell); i < truths.end(cell); i++) {
        GroundTruthBox box = truth.box(truths.items()[i]);
        for (int area = 0; area < AREA_COUNT; area++) {
          if (!box.crowd() && CocoProtocol.inArea(area, box.area())) {
            counted[area]++;
          }
        }
      }
    }
    return counted;
  }

  private static int kept(Cells detections, int cell) {
    return Math.min(detections.end(cell) - detections.start(cell), DETECTION_LIMIT);
  }

  private static double[] filled(int length) {
    double[] values = new double[length];
    Arrays.fill(values, -1);
    return values;
  }
}
