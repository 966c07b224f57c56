package org.stabledino.detection.model;

/**
 * f1 of the paper's Eq. 3 and Table 7: the target of a positive's class probability as a function
 * of its IoU {@code s} and its probability {@code p}: {@code curve(p^probabilityExponent *
 * s^iouExponent)}.
 *
 * @param probabilityExponent power of p, 0 to leave it out
 * @param iouExponent power of s, 0 to leave it out
 * @param curve what the product goes through
 */
public record TargetForm(double probabilityExponent, double iouExponent, Curve curve) {

  /** The last step of a target. */
  public enum Curve {
    /** x */
    IDENTITY,
    /** {@code (e^x - 1)/(e - 1)} */
    EXPONENTIAL,
    /** {@code sin(x pi/2)} */
    SINE
  }

  /** {@code s^2}, the paper's choice. */
  public static final TargetForm SQUARE = new TargetForm(0, 2, Curve.IDENTITY);

  /** 1: with it the position-supervised loss is the focal loss. */
  public static final TargetForm ONE = new TargetForm(0, 0, Curve.IDENTITY);

  /**
   * The target before rescaling.
   *
   * @param probability p, in 0..1
   * @param iou s, in 0..1
   * @return in 0..1
   */
  public double of(double probability, double iou) {
    double x = power(probability, probabilityExponent) * power(iou, iouExponent);
    return switch (curve) {
      case IDENTITY -> x;
      case EXPONENTIAL -> Math.expm1(x) / (Math.E - 1);
      case SINE -> Math.sin(x * Math.PI / 2);
    };
  }

  private static double power(double x, double exponent) {
    return exponent == 0 ? 1 : exponent == 2 ? x * x : Math.pow(x, exponent);
  }
}
