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
 * @param goal Java's speed over the best peer's; 0 where none is set
 * @param error largest difference between results, as a part of the largest value
 * @param java our seconds a call
 * @param peers theirs
 */
public record Comparison(
    String op,
    String shape,
    int threads,
    Effort effort,
    double goal,
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
   * Holds the ratio against the goal.
   *
   * @return the verdict
   */
  public Verdict verdict() {
    if (goal <= 0) {
      return Verdict.NONE;
    }
    return ratio() >= goal ? Verdict.MET : Verdict.MISSED;
  }
}
