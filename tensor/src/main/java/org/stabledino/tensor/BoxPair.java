package org.stabledino.tensor;

/**
 * How much two boxes overlap, and how that changes when they move.
 *
 * <p>With corners of both boxes, areas {@code A = w h}, {@code inter} the area common to both,
 * {@code union = A1 + A2 - inter} and {@code hull} the area of the smallest box around both:
 *
 * <pre>
 *   IoU  = inter / (union + 1e-6)
 *   GIoU = IoU - (hull - union) / (hull + 1e-6)        Rezatofighi et al. 2019
 * </pre>
 *
 * <p>One instance serves many pairs, one after the other, without allocation.
 *
 * {@snippet :
 * BoxPair pair = new BoxPair();
 * pair.set(predicted, 4 * query, truth, 4 * target);
 * double overlap = pair.iou();
 * }
 */
public final class BoxPair {
  private static final double EPSILON = 1e-6;

  private final double[] first = new double[4];
  private final double[] second = new double[4];
  private final double[] gradCorners = new double[4];
  private double overlapWidth;
  private double overlapHeight;
  private double inter;
  private double union;
  private double hull;

  /** A pair that is set before use. */
  public BoxPair() {}

  /**
   * Looks at two boxes.
   *
   * @param boxes1 (cx, cy, w, h) of the first box and others
   * @param at1 index of its cx
   * @param boxes2 (cx, cy, w, h) of the second box and others
   * @param at2 index of its cx
   */
  public void set(float[] boxes1, int at1, float[] boxes2, int at2) {
    corners(boxes1, at1, first);
    corners(boxes2, at2, second);
    overlapWidth = smaller(first[2], second[2]) - larger(first[0], second[0]);
    overlapHeight = smaller(first[3], second[3]) - larger(first[1], second[1]);
    inter = overlapWidth > 0 && overlapHeight > 0 ? overlapWidth * overlapHeight : 0;
    union = area(first) + area(second) - inter;
    hull =
        (larger(first[2], second[2]) - smaller(first[0], second[0]))
            * (larger(first[3], second[3]) - smaller(first[1], second[1]));
  }

  // Math.min and Math.max order zeros and pass NaN on, which takes several instructions; here a
  // NaN makes the areas NaN in any case.

  private static double smaller(double a, double b) {
    return a < b ? a : b;
  }

  private static double larger(double a, double b) {
    return a > b ? a : b;
  }

  private static void corners(float[] boxes, int at, double[] corners) {
    double halfWidth = 0.5 * boxes[at + 2];
    double halfHeight = 0.5 * boxes[at + 3];
    corners[0] = boxes[at] - halfWidth;
    corners[1] = boxes[at + 1] - halfHeight;
    corners[2] = boxes[at] + halfWidth;
    corners[3] = boxes[at + 1] + halfHeight;
  }

  private static double area(double[] corners) {
    return (corners[2] - corners[0]) * (corners[3] - corners[1]);
  }

  /**
   * Intersection over union.
   *
   * @return 0 for boxes apart, near 1 for equal ones
   */
  public double iou() {
    return inter / (union + EPSILON);
  }

  /**
   * The area covered by at least one of the two.
   *
   * @return the union's area
   */
  public double union() {
    return union;
  }

  /**
   * Generalised intersection over union.
   *
   * @return -1 for points infinitely apart, near 1 for equal boxes
   */
  public double giou() {
    return iou() - (hull - union) / (hull + EPSILON);
  }

  /**
   * Adds {@code scale * d giou / d box1} to a gradient.
   *
   * @param scale gradient of the result
   * @param grad added to: (cx, cy, w, h) of the first box and others
   * @param at index of its cx
   */
  public void addGiouGradient(double scale, float[] grad, int at) {
    double outside = hull + EPSILON;
    double gradUnion = -inter / square(union + EPSILON) + 1 / outside;
    double gradInter = 1 / (union + EPSILON);
    double gradHull = -(union + EPSILON) / square(outside);
    addGradient(scale * gradInter, scale * gradUnion, scale * gradHull, grad, at);
  }

  /** Given the gradients of the three areas, where union = A1 + A2 - inter. */
  private void addGradient(
      double gradInter, double gradUnion, double gradHull, float[] grad, int at) {
    addSideGradient(0, overlapWidth, overlapHeight, gradInter, gradUnion, gradHull);
    addSideGradient(1, overlapHeight, overlapWidth, gradInter, gradUnion, gradHull);
    double[] g = gradCorners;
    grad[at] += (float) (g[0] + g[2]);
    grad[at + 1] += (float) (g[1] + g[3]);
    grad[at + 2] += (float) (0.5 * (g[2] - g[0]));
    grad[at + 3] += (float) (0.5 * (g[3] - g[1]));
  }

  /** The gradient of the first box's two corners along one axis: x is 0, y is 1. */
  private void addSideGradient(
      int axis,
      double overlap,
      double overlapAcross,
      double gradInter,
      double gradUnion,
      double gradHull) {
    int low = axis;
    int high = axis + 2;
    int across = 1 - axis;
    double side = first[across + 2] - first[across];
    double hullAcross =
        Math.max(first[across + 2], second[across + 2]) - Math.min(first[across], second[across]);
    double gradLow = -gradUnion * side;
    double gradHigh = gradUnion * side;
    if (overlap > 0 && overlapAcross > 0) {
      double pull = (gradInter - gradUnion) * overlapAcross;
      gradLow -= first[low] > second[low] ? pull : 0;
      gradHigh += first[high] < second[high] ? pull : 0;
    }
    gradLow -= first[low] < second[low] ? gradHull * hullAcross : 0;
    gradHigh += first[high] > second[high] ? gradHull * hullAcross : 0;
    gradCorners[low] = gradLow;
    gradCorners[high] = gradHigh;
  }

  private static double square(double x) {
    return x * x;
  }
}
