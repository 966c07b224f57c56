package org.stabledino.detection.scenes;

/**
 * A colour, each channel in 0..1.
 *
 * @param red red
 * @param green green
 * @param blue blue
 */
record Rgb(double red, double green, double blue) {
  /** From hue, saturation and value, each in 0..1. */
  static Rgb hsv(double hue, double saturation, double value) {
    return new Rgb(
        channel(hue, 5, saturation, value),
        channel(hue, 3, saturation, value),
        channel(hue, 1, saturation, value));
  }

  private static double channel(double hue, int offset, double saturation, double value) {
    double k = (offset + hue * 6) % 6;
    return value * (1 - saturation * Ramp.unit(Math.min(k, 4 - k)));
  }

  /** Euclidean distance; white and black are sqrt(3) apart. */
  double distance(Rgb other) {
    double r = red - other.red;
    double g = green - other.green;
    double b = blue - other.blue;
    return Math.sqrt(r * r + g * g + b * b);
  }
}
