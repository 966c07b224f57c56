package org.stabledino.detection.engine;

import java.time.Duration;

/**
 * When a run has to be over, its last checkpoint included.
 *
 * @param limited whether there is such a moment
 * @param nanos the moment, by {@link System#nanoTime}
 */
public record Deadline(boolean limited, long nanos) {
  /** A run may take as long as it needs. */
  public static final Deadline NONE = new Deadline(false, 0);

  /**
   * A deadline.
   *
   * @param duration from now
   * @return the moment
   */
  public static Deadline after(Duration duration) {
    return new Deadline(true, System.nanoTime() + duration.toNanos());
  }

  /** Whether less time than this is left. */
  boolean within(long reserve) {
    return limited && nanos - System.nanoTime() < reserve;
  }
}
