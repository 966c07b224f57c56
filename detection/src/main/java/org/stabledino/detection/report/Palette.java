package org.stabledino.detection.report;

import java.awt.Color;

/** Fixed, well-spaced colours: a class has the same colour in every picture of every run. */
public final class Palette {
  /** For the first classes: told apart at a glance, also by most colour-blind readers. */
  private static final int[] FIRST = {
    0x1F77D0, 0xE8590C, 0x2B9348, 0xC2255C, 0x7048E8, 0x0C8599, 0xB08900, 0x8D5524, 0xE64980,
    0x495057,
  };

  /** Steps of the golden ratio spread any number of hues evenly. */
  private static final double GOLDEN = 0.6180339887498949;

  private static final float[] SATURATION = {0.85f, 0.60f, 0.95f};
  private static final float[] BRIGHTNESS = {0.80f, 0.65f, 0.95f};

  private Palette() {}

  /**
   * The colour of a class, or of anything that is counted.
   *
   * @param index from 0
   * @return always the same for the same index
   */
  public static Color color(int index) {
    int i = Math.floorMod(index, 1 << 20);
    if (i < FIRST.length) {
      return new Color(FIRST[i]);
    }
    float hue = (float) (i * GOLDEN % 1);
    return Color.getHSBColor(
        hue, SATURATION[i % SATURATION.length], BRIGHTNESS[i / 3 % BRIGHTNESS.length]);
  }

  /**
   * Black or white, whichever reads better on a colour.
   *
   * @param background the colour
   * @return for letters on it
   */
  public static Color textOn(Color background) {
    double luma =
        0.299 * background.getRed() + 0.587 * background.getGreen() + 0.114 * background.getBlue();
    return luma > 150 ? Color.BLACK : Color.WHITE;
  }
}
