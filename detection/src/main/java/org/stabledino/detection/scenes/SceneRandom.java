package org.stabledino.detection.scenes;

import static org.stabledino.tensor.SplitMix64.GOLDEN;
import static org.stabledino.tensor.SplitMix64.mix;

import org.stabledino.tensor.SplitMix64;

/**
 * A {@link SplitMix64} stream that starts from a key, so that the stream of a scene depends on
 * nothing but that key.
 */
final class SceneRandom {
  private static final double UNIT = 0x1p-53;

  private long state;

  private SceneRandom(long state) {
    this.state = state;
  }

  /** The stream of the key (a, b, c). */
  static SceneRandom of(long a, long b, long c) {
    return new SceneRandom(mix(mix(mix(a + GOLDEN) + b + GOLDEN) + c + GOLDEN));
  }

  long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  double unit() {
    return (nextLong() >>> 11) * UNIT;
  }

  /** Uniform in [low, high). */
  double between(double low, double high) {
    return low + (high - low) * unit();
  }

  /** Uniform in 0 .. bound - 1. */
  int below(int bound) {
    return (int) (unit() * bound);
  }

  boolean chance(double probability) {
    return unit() < probability;
  }

  /** Uniform in the logarithm between low and high. */
  double logBetween(double low, double high) {
    return StrictMath.exp(between(StrictMath.log(low), StrictMath.log(high)));
  }
}
