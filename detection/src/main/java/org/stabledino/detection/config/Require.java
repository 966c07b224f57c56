package org.stabledino.detection.config;

/** Range checks whose messages name the setting. */
final class Require {
  private Require() {}

  static void positive(String name, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(name + " must be positive");
    }
  }

  static void within(String name, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(name + " must lie in " + low + " to " + high);
    }
  }

  /** Of the past a moving average with this decay keeps; with 1 it would never move. */
  static void decay(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be at least 0.0 and less than 1.0");
    }
  }
}
