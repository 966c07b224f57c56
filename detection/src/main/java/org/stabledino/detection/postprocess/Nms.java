package org.stabledino.detection.postprocess;

import java.util.Arrays;

/**
 * Class-wise non-maximum suppression: walking down the scores, a box is dropped where it overlaps a
 * kept box of its own class by more than the threshold.
 *
 * <p>The IoU is in float32 and without epsilon, the comparison strict. Up to a thousand boxes are
 * shifted by class first, as torchvision does to treat all classes at once: the shift costs the
 * last bits of the coordinates, and with them decides cases that lie on the threshold. Boxes of
 * different classes are never compared here, which differs from the shifted form only for boxes
 * that lie mostly at coordinates below -1.
 */
public final class Nms {
  /** Beyond so many coordinates torchvision goes class by class and does not shift. */
  private static final int SHIFTED_COORDINATES = 4000;

  private Nms() {}

  /**
   * Suppresses duplicates.
   *
   * @param boxes corners x0, y0, x1, y1 of each box: {@code [count * 4]}
   * @param scores score of each box, finite: {@code [count]}
   * @param labels class of each box, not negative: {@code [count]}
   * @param count how many boxes there are
   * @param threshold the largest IoU that two kept boxes of one class may have
   * @return places of the kept boxes by descending score; of equal scores the earlier one first
   */
  public static int[] keep(
      float[] boxes, float[] scores, int[] labels, int count, double threshold) {
    if (count == 0) {
      return new int[0];
    }
    int[] order = byDescendingScore(scores, count);
    int[] starts = new int[classCount(labels, count) + 1];
    int[] grouped = groupByClass(order, labels, starts);
    float[] shifted = count * 4 <= SHIFTED_COORDINATES ? shiftByClass(boxes, labels, count) : boxes;
    float[] areas = new float[count];
    for (int i = 0; i < count; i++) {
      int b = 4 * i;
      areas[i] = (shifted[b + 2] - shifted[b]) * (shifted[b + 3] - shifted[b + 1]);
    }
    boolean[] dropped = new boolean[count];
    int kept = count;
    for (int c = 0; c + 1 < starts.length; c++) {
      kept -= suppress(shifted, areas, grouped, starts[c], starts[c + 1], threshold, dropped);
    }
    int[] result = new int[kept];
    int n = 0;
    for (int i : order) {
      if (!dropped[i]) {
        result[n++] = i;
      }
    }
    return result;
  }

  /** Drops boxes of one class; returns how many. */
  private static int suppress(
      float[] boxes,
      float[] areas,
      int[] grouped,
      int from,
      int to,
      double threshold,
      boolean[] dropped) {
    int count = 0;
    for (int i = from; i < to; i++) {
      if (dropped[grouped[i]]) {
        continue;
      }
      int a = 4 * grouped[i];
      float x0 = boxes[a];
      float y0 = boxes[a + 1];
      float x1 = boxes[a + 2];
      float y1 = boxes[a + 3];
      float area = areas[grouped[i]];
      for (int j = i + 1; j < to; j++) {
        int other = grouped[j];
        if (dropped[other]) {
          continue;
        }
        int b = 4 * other;
        float width = Math.max(0f, Math.min(x1, boxes[b + 2]) - Math.max(x0, boxes[b]));
        float height = Math.max(0f, Math.min(y1, boxes[b + 3]) - Math.max(y0, boxes[b + 1]));
        float common = width * height;
        if (common / (area + areas[other] - common) > threshold) {
          dropped[other] = true;
          count++;
        }
      }
    }
    return count;
  }

  /** Sorts (descending score, ascending place) packed into one long each: no objects, stable. */
  private static int[] byDescendingScore(float[] scores, int count) {
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      // Adding 0 turns -0 into 0, so that both tie.
      int bits = Float.floatToIntBits(scores[i] + 0f);
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[i] = ((long) ~ascending << 32) | i;
    }
    Arrays.sort(keys);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = (int) keys[i];
    }
    return order;
  }

  private static int classCount(int[] labels, int count) {
    int last = 0;
    for (int i = 0; i < count; i++) {
      if (labels[i] < 0) {
        throw new IllegalArgumentException(
            "box " + i + " has the label " + labels[i] + "; labels start at 0");
      }
      last = Math.max(last, labels[i]);
    }
    return last + 1;
  }

  /** Counting sort by class that keeps the order within each; fills {@code starts}. */
  private static int[] groupByClass(int[] order, int[] labels, int[] starts) {
    for (int i : order) {
      starts[labels[i] + 1]++;
    }
    for (int c = 0; c + 1 < starts.length; c++) {
      starts[c + 1] += starts[c];
    }
    int[] next = starts.clone();
    int[] grouped = new int[order.length];
    for (int i : order) {
      grouped[next[labels[i]]++] = i;
    }
    return grouped;
  }

  private static float[] shiftByClass(float[] boxes, int[] labels, int count) {
    float largest = boxes[0];
    for (int i = 1; i < 4 * count; i++) {
      largest = Math.max(largest, boxes[i]);
    }
    float[] shifted = new float[4 * count];
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] = boxes[i] + labels[i / 4] * (largest + 1f);
    }
    return shifted;
  }
}
