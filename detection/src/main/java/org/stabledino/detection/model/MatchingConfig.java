package org.stabledino.detection.model;

/**
 * The matching cost: {@code classWeight * class + l1Weight * L1 + giouWeight * (1 - GIoU)}.
 *
 * @param classWeight weight of the class cost
 * @param l1Weight weight of the L1 distance of (cx, cy, w, h)
 * @param giouWeight weight of {@code 1 - GIoU}
 * @param modulation what the class probability is multiplied by (paper, Eq. 4)
 * @param exponent f2 of the paper's Table 9: the power to which the factor is raised, 0.5 there
 * @param alpha balance of the class cost's positive and negative part
 * @param gamma focusing exponent of the class cost
 */
public record MatchingConfig(
    double classWeight,
    double l1Weight,
    double giouWeight,
    Modulation modulation,
    double exponent,
    double alpha,
    double gamma) {

  /** The factor u in the position-modulated probability {@code p * u^exponent}. */
  public enum Modulation {
    /** None: the cost of DINO. */
    NONE,
    /** {@code u = (GIoU + 1)/2} of the pair of query and target (paper, Eq. 4). */
    PAIR,
    /** That of the query and the last target of the same class in the batch (published code). */
    LAST_OF_CLASS
  }

  /** The paper's position-modulated cost. */
  public static final MatchingConfig STABLE =
      new MatchingConfig(2, 5, 2, Modulation.PAIR, 0.5, 0.25, 2);

  /** The cost of DINO. */
  public static final MatchingConfig DINO =
      new MatchingConfig(2, 5, 2, Modulation.NONE, 0.5, 0.25, 2);

  /**
   * The same cost with another modulation.
   *
   * @param modulation the factor
   * @return the changed copy
   */
  public MatchingConfig withModulation(Modulation modulation) {
    return new MatchingConfig(
        classWeight, l1Weight, giouWeight, modulation, exponent, alpha, gamma);
  }
}
