package org.stabledino.bench.peers;

import java.io.Serializable;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import org.stabledino.bench.PeakBenchmark;

/**
 * What the machine can do at most.
 *
 * @param flops fused multiply-adds in registers, operations a second
 * @param bytes STREAM's triad, bytes a second
 */
public record Ceilings(double flops, double bytes) implements Serializable {
  private static final int WARM_UP = 5;
  private static final int ROUNDS = 7;

  /**
   * Measures both with {@link PeakBenchmark}.
   *
   * @param threads 1, or any other number for all processors
   * @return the medians' rates
   */
  public static Ceilings measure(int threads) {
    PeakBenchmark peak = new PeakBenchmark();
    peak.threads = threads == 1 ? "one" : "all";
    peak.setUp();
    return new Ceilings(
        peak.amount("fma") / median(peak::fma), peak.amount("triad") / median(peak::triad));
  }

  private static double median(Supplier<float[]> call) {
    double[] seconds =
        DoubleStream.generate(
                () -> {
                  long start = System.nanoTime();
                  call.get();
                  return (System.nanoTime() - start) * 1e-9;
                })
            .limit(WARM_UP + ROUNDS)
            .toArray();
    return Spread.of(Arrays.copyOfRange(seconds, WARM_UP, seconds.length)).median();
  }
}
