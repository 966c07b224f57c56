package org.stabledino.detection.scenes;

/** Soft steps, called for every pixel: plain branches are faster than the library's clamp here. */
final class Ramp {
  private Ramp() {}

  /** The value, held between 0 and 1. */
  static double unit(double value) {
    return value < 0 ? 0 : value > 1 ? 1 : value;
  }

  /** 0 below zero, 1 above, linear over {@code width} around zero. */
  static double step(double value, double width) {
    return unit(value / width + 0.5);
  }
}
