package org.stabledino.bench.peers;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Where the middle half of some measurements lies.
 *
 * @param median the middle
 * @param lower the first quartile
 * @param upper the third quartile
 */
public record Spread(double median, double lower, double upper) implements Serializable {

  /**
   * The spread of measurements.
   *
   * @param samples at least one, in any order
   * @return median and quartiles, linear between neighbours
   */
  public static Spread of(double... samples) {
    if (samples.length == 0) {
      throw new IllegalArgumentException("Spread.of: no samples");
    }
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    return new Spread(quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75));
  }

  private static double quantile(double[] sorted, double part) {
    double at = part * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
