package org.stabledino.detection.evaluation;

/** The constants of the COCO evaluation. */
final class CocoProtocol {
  /** IoU thresholds 0.50, 0.55 ... 0.95. */
  static final int IOU_COUNT = 10;

  /** Recall points 0, 0.01 ... 1. */
  static final int RECALL_COUNT = 101;

  static final int ALL = 0;
  static final int SMALL = 1;
  static final int MEDIUM = 2;
  static final int LARGE = 3;
  static final int AREA_COUNT = 4;

  /** How many of the best detections of an image and category count. */
  private static final int[] MAX_DETECTIONS = {1, 10, 100};

  /** Detections beyond the best hundred of an image and category are never looked at. */
  static final int DETECTION_LIMIT = 100;

  private static final double[] AREA_FROM = {0, 0, 32 * 32, 96 * 96};
  private static final double[] AREA_TO = {1e10, 32 * 32, 96 * 96, 1e10};
  private static final double[] IOU = evenlySpaced(0.5, 0.95, IOU_COUNT);
  private static final double[] RECALL = evenlySpaced(0, 1, RECALL_COUNT);

  private CocoProtocol() {}

  /**
   * Rounds as the reference does, so that a recall that falls on a point is found at that point.
   */
  private static double[] evenlySpaced(double first, double last, int count) {
    double step = (last - first) / (count - 1);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = i * step + first;
    }
    values[count - 1] = last;
    return values;
  }

  static double iou(int i) {
    return IOU[i];
  }

  static double recall(int i) {
    return RECALL[i];
  }

  static int maxDetectionsCount() {
    return MAX_DETECTIONS.length;
  }

  static int maxDetections(int i) {
    return MAX_DETECTIONS[i];
  }

  /** Both ends of an area range belong to it, so an area of exactly 32 x 32 is small and medium. */
  static boolean inArea(int range, double area) {
    return area >= AREA_FROM[range] && area <= AREA_TO[range];
  }
}
