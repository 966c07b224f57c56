package org.stabledino.bench.peers;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;

/**
 * What a pair's timing said.
 *
 * @param op what was computed
 * @param shape as the benchmarks name it
 * @param threads of every side
 * @param effort of one call
 * @param goal to be reached with two threads
 * @param error largest difference between results, as a part of the largest value
 * @param java our seconds a call
 * @param peers theirs
 */
public record Comparison(
    String op,
    String shape,
    int threads,
    Effort effort,
    Goal goal,
    double error,
    Spread java,
    List<Timing> peers)
    implements Serializable {

  /**
   * A peer's time.
   *
   * @param name of the peer
   * @param seconds a call
   */
  public record Timing(String name, Spread seconds) implements Serializable {}

  /**
   * The fastest peer by median.
   *
   * @return one of the peers
   */
  public Timing best() {
    return peers.stream()
        .min(Comparator.comparingDouble(peer -> peer.seconds().median()))
        .orElseThrow();
  }

  /**
   * How many times as fast as the best peer we are.
   *
   * @return above 1 where Java is faster
   */
  public double ratio() {
    return best().seconds().median() / java.median();
  }

  /**
   * Whether the goal is for this number of threads.
   *
   * @return true for two threads and a goal
   */
  public boolean judged() {
    return threads == 2 && goal.measure() != Goal.Measure.NONE;
  }

  /** What became of a goal. */
  public enum Verdict {
    /** There is none for this op. */
    NONE(""),
    /** The ratio reaches it. */
    MET("met"),
    /** It does not. */
    MISSED("**not met**");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * The part of a memory's bandwidth that our side reaches.
   *
   * @param ceilings of the machine with as many threads; nullable where unknown
   * @return 0 where nothing is known
   */
  public double bandwidth(Ceilings ceilings) {
    return ceilings == null ? 0 : effort.bytes() / java.median() / ceilings.bytes();
  }

  /**
   * Holds what was reached against the goal.
   *
   * @param ceilings of the machine with as many threads; nullable where unknown
   * @return the verdict
   */
  public Verdict verdict(Ceilings ceilings) {
    double reached =
        switch (goal.measure()) {
          case NONE -> Double.NaN;
          case SPEED -> ratio();
          case BANDWIDTH -> bandwidth(ceilings);
        };
    if (Double.isNaN(reached)) {
      return Verdict.NONE;
    }
    return reached >= goal.value() ? Verdict.MET : Verdict.MISSED;
  }
}
