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
}
