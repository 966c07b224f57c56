package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.List;

/**
 * Times the sides of a pair in turns, so that whatever happens to the machine happens to all of
 * them: A, B, C, C, B, A, ... with a pause before each, because the threads of native libraries
 * keep spinning for a while after their work.
 *
 * @param warmUp seconds of our side before anything counts, for the compiler; peers get a quarter
 * @param minWarmUp calls of each side before anything counts, after the one that is checked
 * @param budget seconds for all rounds together
 * @param minRounds rounds at least, whatever they take
 */
public record Duel(double warmUp, int minWarmUp, double budget, int minRounds) {
  private static final double PAUSE = 0.06;

  /** A sample repeats calls for so long: the first ones after a pause find cold caches. */
  private static final double SAMPLE = 0.08;

  private static final int MAX_ROUNDS = 15;

  /**
   * Checks that all sides compute the same, then times them.
   *
   * @param pair what is compared
   * @param threads what the sides were told
   * @return the times
   * @throws IllegalStateException if results differ
   */
  public Comparison run(Pair pair, int threads) {
    double error = pair.check();
    List<Contestant> sides = pair.contestants();
    int[] calls = new int[sides.size()];
    double round = 0;
    for (int i = 0; i < calls.length; i++) {
      double once = warm(sides.get(i).call(), i == 0 ? warmUp : warmUp / 4, minWarmUp);
      calls[i] = (int) Math.clamp(Math.ceil(SAMPLE / once), 1, 1 << 20);
      round += calls[i] * once + PAUSE;
    }
    int rounds = (int) Math.clamp(budget / round, minRounds, MAX_ROUNDS);
    double[][] seconds = new double[sides.size()][rounds];
    for (int r = 0; r < rounds; r++) {
      for (int i = 0; i < calls.length; i++) {
        int side = r % 2 == 0 ? i : calls.length - 1 - i;
        seconds[side][r] = sample(sides.get(side).call(), calls[side]);
      }
    }
    List<Comparison.Timing> peers = new ArrayList<>();
    for (int i = 1; i < calls.length; i++) {
      peers.add(new Comparison.Timing(sides.get(i).name(), Spread.of(seconds[i])));
    }
    return new Comparison(
        pair.op(),
        pair.shape(),
        threads,
        pair.effort(),
        pair.goal(),
        error,
        Spread.of(seconds[0]),
        peers);
  }

  /** Calls for so many seconds and times; returns the fastest call's seconds. */
  private static double warm(Runnable call, double seconds, int atLeast) {
    long start = System.nanoTime();
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < atLeast || (System.nanoTime() - start) * 1e-9 < seconds; i++) {
      fastest = Math.min(fastest, time(call, 1));
    }
    return fastest;
  }

  /** Seconds a call, after a pause. */
  private static double sample(Runnable call, int calls) {
    try {
      Thread.sleep((long) (PAUSE * 1e3));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted between two samples", stopped);
    }
    return time(call, calls);
  }

  private static double time(Runnable call, int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      call.run();
    }
    return (System.nanoTime() - start) * 1e-9 / calls;
  }
}
