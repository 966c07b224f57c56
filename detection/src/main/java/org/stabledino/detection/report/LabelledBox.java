package org.stabledino.detection.report;

/**
 * A box to draw.
 *
 * @param x left edge in pixels of the picture
 * @param y top edge in pixels
 * @param width width in pixels
 * @param height height in pixels
 * @param label class, from 0
 * @param score the confidence, or NaN where there is none to show
 */
public record LabelledBox(
    double x, double y, double width, double height, int label, double score) {

  /**
   * An annotated box, which has no score.
   *
   * @param x left edge in pixels of the picture
   * @param y top edge in pixels
   * @param width width in pixels
   * @param height height in pixels
   * @param label class, from 0
   * @return the box
   */
  public static LabelledBox truth(double x, double y, double width, double height, int label) {
    return new LabelledBox(x, y, width, height, label, Double.NaN);
  }
}
