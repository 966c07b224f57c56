package org.stabledino.detection.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.stabledino.detection.config.TrainConfig;

/**
 * How long things take in this run, and so how long the rest of it will take: the mean of the last
 * steps, and the last evaluation for each that is still to come.
 */
final class Pace {
  private static final int WINDOW = 100;

  private final long[] window = new long[WINDOW];
  private long first;
  private long steps;
  private long evaluation;
  private long save;

  /**
   * The pace of a run that has done nothing yet.
   *
   * @param save an estimate of what a checkpoint takes, in nanoseconds, until one was written
   */
  Pace(long save) {
    this.save = save;
  }

  /** A step took so many nanoseconds. */
  void stepped(long nanos) {
    if (steps == 0) {
      first = nanos;
    }
    window[(int) (steps++ % WINDOW)] = nanos;
  }

  /** An evaluation took so many nanoseconds. */
  void evaluated(long nanos) {
    evaluation = nanos;
  }

  /** A checkpoint took so many nanoseconds. */
  void saved(long nanos) {
    save = nanos;
  }

  /**
   * The time to the end of the run.
   *
   * @param step the steps done; an evaluation that is due after it is still to come
   * @param train how long the run is, and how often it evaluates
   * @return zero before the first step
   */
  Duration left(long step, TrainConfig train) {
    double perStep = Arrays.stream(window, 0, known()).average().orElse(0);
    return Duration.ofNanos(
        Math.round(perStep * (train.steps() - step) + (double) evaluation * due(step, train)));
  }

  /** How many evaluations are due from this step to the last. */
  private static long due(long step, TrainConfig train) {
    long every = train.evaluateEvery();
    if (every == 0) {
      return 1;
    }
    long last = train.steps() % every == 0 ? 0 : 1;
    return train.steps() / every - (step - 1) / every + last;
  }

  /**
   * The time that must be left for one more step, or one more batch of an evaluation, and a
   * checkpoint.
   *
   * @return nanoseconds, with a half in reserve
   */
  long reserve() {
    long longest = Arrays.stream(window, 0, known()).max().orElse(0);
    return (longest + save) * 3 / 2;
  }

  /**
   * The first step, in which classes are loaded and loops compiled, apart from the others.
   *
   * @return such as "first step 3.1 s, then 0.105 s (median of 59)"; empty before the first step
   */
  String summary() {
    if (steps == 0) {
      return "";
    }
    String text = String.format(Locale.ROOT, "first step %.3g s", first * 1e-9);
    long[] others = Arrays.copyOfRange(window, steps <= WINDOW ? 1 : 0, known());
    if (others.length == 0) {
      return text;
    }
    Arrays.sort(others);
    return text
        + String.format(
            Locale.ROOT,
            ", then %.3g s (median of %d)",
            others[others.length / 2] * 1e-9,
            others.length);
  }

  private int known() {
    return (int) Math.min(steps, WINDOW);
  }
}
