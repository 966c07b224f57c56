package org.stabledino.detection.study;

import java.util.Arrays;

/** Matching costs and the cheapest assignment, written down as plainly as possible. */
final class PlainMatching {
  private PlainMatching() {}

  /** Costs [Q][T]; the class probability is multiplied by u^exponent, which 0 switches off. */
  static double[][] costs(
      float[] logits, float[] boxes, int classes, int[] labels, float[] truth, double exponent) {
    int queries = boxes.length / 4;
    double[][] cost = new double[queries][labels.length];
    double largest = 0;
    for (int q = 0; q < queries; q++) {
      for (int t = 0; t < labels.length; t++) {
        largest = Math.max(largest, (overlaps(boxes, q, truth, t)[1] + 1) / 2);
      }
    }
    for (int q = 0; q < queries; q++) {
      for (int t = 0; t < labels.length; t++) {
        double giou = overlaps(boxes, q, truth, t)[1];
        double u = (giou + 1) / 2 * Math.max(1, 1 / (largest + 1e-8));
        double p = 1 / (1 + Math.exp(-logits[q * classes + labels[t]])) * Math.pow(u, exponent);
        double positive = 0.25 * (1 - p) * (1 - p) * -Math.log(p + 1e-8);
        double negative = 0.75 * p * p * -Math.log(1 - p + 1e-8);
        double distance = 0;
        for (int c = 0; c < 4; c++) {
          distance += Math.abs(boxes[4 * q + c] - truth[4 * t + c]);
        }
        cost[q][t] = 2 * (positive - negative) + 5 * distance + 2 * (1 - giou);
      }
    }
    return cost;
  }

  /** IoU and GIoU of two boxes (cx, cy, w, h). */
  static double[] overlaps(float[] boxes, int q, float[] truth, int t) {
    double[] low = new double[2];
    double[] inner = new double[2];
    double[] outer = new double[2];
    for (int axis = 0; axis < 2; axis++) {
      double a0 = boxes[4 * q + axis] - boxes[4 * q + axis + 2] / 2.0;
      double a1 = boxes[4 * q + axis] + boxes[4 * q + axis + 2] / 2.0;
      double b0 = truth[4 * t + axis] - truth[4 * t + axis + 2] / 2.0;
      double b1 = truth[4 * t + axis] + truth[4 * t + axis + 2] / 2.0;
      low[axis] = Math.max(a0, b0);
      inner[axis] = Math.max(0, Math.min(a1, b1) - low[axis]);
      outer[axis] = Math.max(a1, b1) - Math.min(a0, b0);
    }
    double inter = inner[0] * inner[1];
    double union =
        (double) boxes[4 * q + 2] * boxes[4 * q + 3]
            + (double) truth[4 * t + 2] * truth[4 * t + 3]
            - inter;
    double iou = inter / (union + 1e-6);
    double hull = outer[0] * outer[1];
    return new double[] {iou, iou - (hull - union) / (hull + 1e-6)};
  }

  /** The query of each target at the least total cost: the best for every set of served targets. */
  static int[] assign(double[][] cost) {
    int targets = cost[0].length;
    double[] best = new double[1 << targets];
    int[][] chosen = new int[1 << targets][targets];
    Arrays.fill(best, 1, best.length, Double.POSITIVE_INFINITY);
    for (int q = 0; q < cost.length; q++) {
      for (int set = best.length - 1; set >= 0; set--) {
        for (int t = 0; t < targets; t++) {
          int with = set | 1 << t;
          if (with != set && best[set] + cost[q][t] < best[with]) {
            best[with] = best[set] + cost[q][t];
            chosen[with] = chosen[set].clone();
            chosen[with][t] = q;
          }
        }
      }
    }
    return chosen[best.length - 1];
  }
}
