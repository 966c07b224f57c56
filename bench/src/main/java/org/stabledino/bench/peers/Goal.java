package org.stabledino.bench.peers;

import java.io.Serializable;

/**
 * What a comparison is to reach.
 *
 * @param measure what is held against the value
 * @param value at least this
 */
public record Goal(Measure measure, double value) implements Serializable {

  /** What a goal is about. */
  public enum Measure {
    /** Nothing: the op is shown only. */
    NONE,
    /** Java's speed over that of the best peer. */
    SPEED,
    /** Java's share of the triad's bandwidth. */
    BANDWIDTH
  }

  /** Shown only. */
  public static final Goal NONE = new Goal(Measure.NONE, 0);

  /**
   * So many times as fast as the best peer.
   *
   * @param ratio of speeds
   * @return the goal
   */
  public static Goal speed(double ratio) {
    return new Goal(Measure.SPEED, ratio);
  }

  /**
   * So much of the memory's bandwidth.
   *
   * @param share of the measured triad
   * @return the goal
   */
  public static Goal bandwidth(double share) {
    return new Goal(Measure.BANDWIDTH, share);
  }
}
