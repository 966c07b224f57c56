package org.stabledino.detection.evaluation;

import static org.stabledino.detection.evaluation.CocoProtocol.AREA_COUNT;
import static org.stabledino.detection.evaluation.CocoProtocol.DETECTION_LIMIT;
import static org.stabledino.detection.evaluation.CocoProtocol.IOU_COUNT;

import java.util.Arrays;

/**
 * Decides which detections of one image and category find an annotation.
 *
 * <p>Detections choose in descending order of score. Each takes the free annotation it overlaps
 * most, provided the overlap reaches the threshold; annotations that count come before ignored ones
 * (crowds, and those outside the area range), and a crowd can be taken any number of times. A
 * detection is ignored where its annotation is, or where it found none and lies outside the area
 * range itself.
 *
 * <p>Scratch arrays are reused, so one matcher serves one thread.
 */
final class CellMatcher {
  private final CocoGroundTruth truth;
  private final RegionOverlap regions;
  private double[] overlaps = new double[256];
  private final double[] best = new double[DETECTION_LIMIT];
  private int[] ordered = new int[16];
  private boolean[] ignoredTruth = new boolean[16];
  private boolean[] crowd = new boolean[16];
  private boolean[] taken = new boolean[16];

  CellMatcher(CocoGroundTruth truth, RegionOverlap regions) {
    this.truth = truth;
    this.regions = regions;
  }

  /** The bit of an outcome that belongs to an area range and an IoU threshold. */
  static long bit(int area, int iou) {
    return 1L << (area * IOU_COUNT + iou);
  }

  /**
   * Matches one cell.
   *
   * @param cell which cell
   * @param detections detections by cell, in each cell by descending score
   * @param truths annotations by cell
   * @param matched per item of {@code detections}: one {@link #bit} for each case in which it found
   *     an annotation; written here
   * @param ignored the same for being ignored; written here
   */
  void match(int cell, Cells detections, Cells truths, long[] matched, long[] ignored) {
    int from = detections.start(cell);
    int count = Math.min(detections.end(cell) - from, DETECTION_LIMIT);
    if (count == 0) {
      return;
    }
    int truthFrom = truths.start(cell);
    int truthCount = truths.end(cell) - truthFrom;
    computeOverlaps(detections, from, count, truths, truthFrom, truthCount);
    for (int area = 0; area < AREA_COUNT; area++) {
      orderTruths(truths, truthFrom, truthCount, area);
      for (int iou = 0; iou < IOU_COUNT; iou++) {
        Arrays.fill(taken, 0, truthCount, false);
        for (int d = 0; d < count; d++) {
          int found = choose(d, truthCount, CocoProtocol.iou(iou));
          if (found >= 0) {
            taken[found] = true;
            // An annotation whose id is 0 counts as "no match" in the reference; so it does here.
            if (truth.box(truths.items()[truthFrom + found]).id() != 0) {
              matched[from + d] |= bit(area, iou);
            }
            if (ignoredTruth[found]) {
              ignored[from + d] |= bit(area, iou);
            }
          }
          boolean unmatched = (matched[from + d] & bit(area, iou)) == 0;
          if (unmatched && !detectionInArea(detections.items()[from + d], area)) {
            ignored[from + d] |= bit(area, iou);
          }
        }
      }
    }
  }

  private boolean detectionInArea(int detection, int area) {
    return CocoProtocol.inArea(area, regions.detectionArea(detection));
  }

  private void computeOverlaps(
      Cells detections, int from, int count, Cells truths, int truthFrom, int truthCount) {
    if (truthCount > taken.length) {
      int room = Math.max(truthCount, 2 * taken.length);
      ordered = new int[room];
      ignoredTruth = new boolean[room];
      crowd = new boolean[room];
      taken = new boolean[room];
    }
    if (count * truthCount > overlaps.length) {
      overlaps = new double[Math.max(Math.multiplyExact(count, truthCount), 2 * overlaps.length)];
    }
    for (int g = 0; g < truthCount; g++) {
      crowd[g] = truth.box(truths.items()[truthFrom + g]).crowd();
    }
    for (int d = 0; d < count; d++) {
      double most = 0;
      for (int g = 0; g < truthCount; g++) {
        double overlap =
            regions.overlap(detections.items()[from + d], truths.items()[truthFrom + g]);
        overlaps[d * truthCount + g] = overlap;
        most = Math.max(most, overlap);
      }
      best[d] = most;
    }
  }

  /** Puts the annotations that count in this area range before the ignored ones. */
  private void orderTruths(Cells truths, int truthFrom, int truthCount, int area) {
    int counted = 0;
    for (int g = 0; g < truthCount; g++) {
      GroundTruthBox box = truth.box(truths.items()[truthFrom + g]);
      ignoredTruth[g] = box.crowd() || !CocoProtocol.inArea(area, box.area());
      if (!ignoredTruth[g]) {
        ordered[counted++] = g;
      }
    }
    for (int g = 0; g < truthCount; g++) {
      if (ignoredTruth[g]) {
        ordered[counted++] = g;
      }
    }
  }

  /**
   * The annotation that a detection takes; of equal overlaps the later one.
   *
   * @return its place in the cell, or -1
   */
  private int choose(int d, int truthCount, double threshold) {
    double least = Math.min(threshold, 1 - 1e-10);
    if (best[d] < least) {
      return -1;
    }
    int found = -1;
    for (int k = 0; k < truthCount; k++) {
      int g = ordered[k];
      if (found >= 0 && ignoredTruth[g] && !ignoredTruth[found]) {
        break;
      }
      if (taken[g] && !crowd[g]) {
        continue;
      }
      double overlap = overlaps[d * truthCount + g];
      if (overlap >= least) {
        least = overlap;
        found = g;
      }
    }
    return found;
  }
}
