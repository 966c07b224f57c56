package org.stabledino.tensor.cpu;

/**
 * Sine and cosine of one angle together, several times as fast as {@link Math}'s two: the angle is
 * brought to -pi/4..pi/4, where short Taylor series are exact to 2e-9, far below float32. Angles
 * beyond some thousands go to {@link Math}, which reduces them exactly.
 */
final class SineCosine {
  private static final double LARGE = 1e4;

  private SineCosine() {}

  /** Writes sine and cosine to {@code out[at]} and {@code out[at + 1]}. */
  static void write(double angle, float[] out, int at) {
    if (!(Math.abs(angle) < LARGE)) {
      out[at] = (float) Math.sin(angle);
      out[at + 1] = (float) Math.cos(angle);
      return;
    }
    double quarters = Math.rint(angle * (2 / Math.PI));
    double r = angle - quarters * (Math.PI / 2);
    double s = r * r;
    double sine = r * (1 + s * (-1 / 6.0 + s * (1 / 120.0 + s * (-1 / 5040.0 + s / 362880))));
    double cosine =
        1 + s * (-0.5 + s * (1 / 24.0 + s * (-1 / 720.0 + s * (1 / 40320.0 - s / 3628800))));
    int quarter = (int) quarters & 3;
    boolean swapped = (quarter & 1) != 0;
    double first = swapped ? cosine : sine;
    double second = swapped ? sine : cosine;
    out[at] = (float) (quarter >= 2 ? -first : first);
    out[at + 1] = (float) (quarter == 1 || quarter == 2 ? -second : second);
  }
}
