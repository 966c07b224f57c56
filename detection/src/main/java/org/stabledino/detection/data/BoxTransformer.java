package org.stabledino.detection.data;

/**
 * Carries annotated boxes through a {@link TransformChain} with the arithmetic of the reference.
 *
 * <ul>
 *   <li>x, y, w, h are rounded to float32 and x + w, y + h are added in float32; from there on
 *       double precision.
 *   <li>A box written with four integers stays integer: every step truncates towards zero.
 *   <li>After each step the corners are put in order; clipping to the final image comes once, last.
 * </ul>
 */
public final class BoxTransformer {

  /** Boxes narrower or lower than this many pixels count as empty. */
  private static final float EMPTY = 1e-5f;

  private BoxTransformer() {}

  /**
   * The box in the augmented image, before clipping.
   *
   * @param x left edge as annotated
   * @param y top edge as annotated
   * @param width as annotated
   * @param height as annotated
   * @param integer whether all four were written as integers
   * @param chain to apply
   * @return x0, y0, x1, y1 in double precision, possibly outside the image
   */
  public static double[] transform(
      double x, double y, double width, double height, boolean integer, TransformChain chain) {
    double[] box;
    if (integer) {
      box = new double[] {x, y, x + width, y + height};
    } else {
      float left = (float) x;
      float top = (float) y;
      box = new double[] {left, top, left + (float) width, top + (float) height};
    }
    for (Transform step : chain.steps()) {
      double xa = step.mapX(box[0]);
      double xb = step.mapX(box[2]);
      double ya = step.mapY(box[1]);
      double yb = step.mapY(box[3]);
      if (integer) {
        xa = (long) xa;
        xb = (long) xb;
        ya = (long) ya;
        yb = (long) yb;
      }
      box[0] = Math.min(xa, xb);
      box[1] = Math.min(ya, yb);
      box[2] = Math.max(xa, xb);
      box[3] = Math.max(ya, yb);
    }
    return box;
  }

  /**
   * Clips a box to an image: below first, then above, so that a box wholly outside becomes empty.
   *
   * @param box x0, y0, x1, y1; changed in place
   * @param width of the image
   * @param height of the image
   */
  public static void clip(double[] box, int width, int height) {
    for (int i = 0; i < 4; i++) {
      box[i] = Math.min(Math.max(box[i], 0), (i & 1) == 0 ? width : height);
    }
  }

  /**
   * Whether a clipped box is worth learning.
   *
   * @param x0 left
   * @param y0 top
   * @param x1 right
   * @param y1 bottom
   * @return true where both sides exceed 1e-5 pixels
   */
  public static boolean isNonEmpty(float x0, float y0, float x1, float y1) {
    return x1 - x0 > EMPTY && y1 - y0 > EMPTY;
  }
}
