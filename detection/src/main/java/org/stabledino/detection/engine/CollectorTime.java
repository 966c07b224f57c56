package org.stabledino.detection.engine;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * A moment, and how long the garbage collector had worked until then.
 *
 * <p>Large tensors are pooled, so collections should cost next to nothing; a heap that is too small
 * for the run shows here first.
 *
 * @param nanos the moment, as {@link System#nanoTime}
 * @param collecting milliseconds of all collections since the JVM started
 */
record CollectorTime(long nanos, long collecting) {

  /** This moment. */
  static CollectorTime now() {
    return new CollectorTime(
        System.nanoTime(),
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionTime)
            .filter(millis -> millis > 0) // -1 where a collector does not tell
            .sum());
  }

  /**
   * What collections took of the time between two moments.
   *
   * @param earlier the first of them
   * @return percent; zero if no time has passed
   */
  double percentSince(CollectorTime earlier) {
    long passed = nanos - earlier.nanos;
    return passed == 0 ? 0 : 100e6 * (collecting - earlier.collecting) / passed;
  }

  /**
   * What collections took from this moment to now.
   *
   * @return such as "garbage collection 0.3 % of the time"
   */
  String summary() {
    return String.format(
        Locale.ROOT, "garbage collection %.1f %% of the time", now().percentSince(this));
  }
}
