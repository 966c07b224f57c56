package org.stabledino.detection.evaluation;

/**
 * How much detected and annotated regions overlap: the only part of the evaluation that differs
 * between boxes and masks.
 *
 * <p>Implementations are called from several threads at once.
 */
interface RegionOverlap {

  /**
   * The area of a detected region in square pixels, which decides between small, medium and large.
   *
   * @param detection place in the detection list
   */
  double detectionArea(int detection);

  /**
   * Intersection over union of one detection with one annotation. A crowd is a region of which the
   * detection need only cover a part, so there the intersection is divided by the detection's own
   * area.
   *
   * @param detection place in the detection list
   * @param truth place in the ground truth
   */
  double overlap(int detection, int truth);
}
