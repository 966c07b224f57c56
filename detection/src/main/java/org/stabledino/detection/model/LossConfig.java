package org.stabledino.detection.model;

/**
 * The losses and their weights; the same for the last layer, the layers before and the encoder.
 *
 * @param classLoss loss of the classes
 * @param denoisingClassLoss loss of the denoising queries' classes
 * @param target f1 of the position-supervised loss (paper, Eq. 3 and Table 7)
 * @param rescaling how the targets of an image are scaled up
 * @param finiteLogarithms whether the position-supervised loss is computed from logits, finite
 *     everywhere; otherwise from float32 probabilities as in the published code, which gives NaN at
 *     saturation
 * @param alpha weight of positives; negatives weigh {@code 1 - alpha}
 * @param gamma focusing exponent
 * @param classWeight weight of the class loss
 * @param l1Weight weight of the boxes' L1 distance
 * @param giouWeight weight of {@code 1 - GIoU}
 * @param denoisingClassWeight weight of the denoising queries' class loss
 */
public record LossConfig(
    ClassLoss classLoss,
    ClassLoss denoisingClassLoss,
    TargetForm target,
    Rescaling rescaling,
    boolean finiteLogarithms,
    double alpha,
    double gamma,
    double classWeight,
    double l1Weight,
    double giouWeight,
    double denoisingClassWeight) {

  /** The losses a class can be learned by. */
  public enum ClassLoss {
    /** Focal loss (paper, Eq. 1): the baseline. */
    FOCAL,
    /** Position-supervised loss (paper, Eq. 3). */
    POSITION_SUPERVISED
  }

  /** Targets of an image are multiplied by {@code max(1, m / max_t)}, max_t their largest. */
  public enum Rescaling {
    /**
     * {@code m = 1}: the image's best positive has target 1. The paper's choice for 300 queries.
     */
    ONE,
    /**
     * m is the largest IoU of any query and target of the image. The paper's choice for 900
     * queries.
     */
    LARGEST_IOU
  }

  /** Stable-DINO of the paper, for 900 queries. */
  public static final LossConfig STABLE =
      new LossConfig(
          ClassLoss.POSITION_SUPERVISED,
          ClassLoss.FOCAL,
          TargetForm.SQUARE,
          Rescaling.LARGEST_IOU,
          true,
          0.25,
          2,
          6,
          5,
          2,
          1);

  /** The DINO baseline. */
  public static final LossConfig DINO =
      new LossConfig(
          ClassLoss.FOCAL,
          ClassLoss.FOCAL,
          TargetForm.ONE,
          Rescaling.ONE,
          true,
          0.25,
          2,
          1,
          5,
          2,
          1);

  /**
   * The same losses with another target.
   *
   * @param target f1
   * @param rescaling how targets are scaled up
   * @return the changed copy
   */
  public LossConfig withTarget(TargetForm target, Rescaling rescaling) {
    return new LossConfig(
        classLoss,
        denoisingClassLoss,
        target,
        rescaling,
        finiteLogarithms,
        alpha,
        gamma,
        classWeight,
        l1Weight,
        giouWeight,
        denoisingClassWeight);
  }

  /**
   * The same losses with another class loss of denoising queries.
   *
   * @param loss the loss
   * @return the changed copy
   */
  public LossConfig withDenoisingClassLoss(ClassLoss loss) {
    return new LossConfig(
        classLoss,
        loss,
        target,
        rescaling,
        finiteLogarithms,
        alpha,
        gamma,
        classWeight,
        l1Weight,
        giouWeight,
        denoisingClassWeight);
  }

  /**
   * The same losses with or without the logarithms that stay finite.
   *
   * @param finite whether they stay finite
   * @return the changed copy
   */
  public LossConfig withFiniteLogarithms(boolean finite) {
    return new LossConfig(
        classLoss,
        denoisingClassLoss,
        target,
        rescaling,
        finite,
        alpha,
        gamma,
        classWeight,
        l1Weight,
        giouWeight,
        denoisingClassWeight);
  }
}
