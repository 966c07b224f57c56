package org.stabledino.bench;

import java.util.Arrays;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The two ceilings under which every other figure stands: how fast this machine multiplies and
 * adds, and how fast it moves memory.
 *
 * <p>A kernel's share of the lower of the two ceilings says how much is left to gain; a figure in
 * GFLOP/s alone does not.
 */
public class PeakBenchmark extends Workload {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Enough to hide the latency of a fused multiply-add: 4 cycles, 2 a cycle. */
  private static final int CHAINS = 12;

  /** Short, and called often: compiled as a method, and not in the midst of its only call. */
  private static final int ROUNDS = 1_000;

  /** A few milliseconds together, beside which waking the other threads is nothing. */
  private static final int CALLS = 2_000;

  /** 32 Mi values an array, 384 MiB in all: no cache holds them. */
  private static final int TRIAD_LENGTH = 1 << 25;

  private static final int BLOCK = 1 << 14;

  /** One thread, or one on each processor. */
  @Param({"one", "all"})
  public String threads;

  private float[] sums;
  private float[] a;
  private float[] b;
  private float[] c;

  /** A benchmark without memory yet. */
  public PeakBenchmark() {}

  /** Allocates and touches the arrays. */
  @Setup
  public void setUp() {
    sums = new float[LANES * tasks()];
    a = new float[TRIAD_LENGTH];
    b = new float[TRIAD_LENGTH];
    c = new float[TRIAD_LENGTH];
    Arrays.fill(b, 1f);
    Arrays.fill(c, 2f);
  }

  @Override
  Work work(String method) {
    return method.equals("fma")
        ? Work.flop(2.0 * CHAINS * LANES * ROUNDS * CALLS * tasks())
        : Work.floats(3.0 * (TRIAD_LENGTH / tasks() / BLOCK * BLOCK) * tasks());
  }

  private int tasks() {
    return threads.equals("one") ? 1 : Runtime.getRuntime().availableProcessors();
  }

  // ------------------------------------------------------------------------------------------
  // Twelve accumulators that never wait for one another, in local variables: what the inner loop
  // of a matrix product would reach if its operands cost nothing.

  /**
   * Independent chains of fused multiply-adds.
   *
   * @return the sums, so that nothing is optimised away
   */
  @Benchmark
  public float[] fma() {
    IntStream.range(0, tasks())
        .parallel()
        .forEach(
            task -> {
              for (int i = 0; i < CALLS; i++) {
                chains(task);
              }
            });
    return sums;
  }

  private void chains(int task) {
    FloatVector x = FloatVector.broadcast(SPECIES, 0.9999f);
    FloatVector y = FloatVector.broadcast(SPECIES, 1e-4f);
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    FloatVector s8 = s0;
    FloatVector s9 = s0;
    FloatVector s10 = s0;
    FloatVector s11 = s0;
    for (int i = 0; i < ROUNDS; i++) {
      s0 = s0.fma(x, y);
      s1 = s1.fma(x, y);
      s2 = s2.fma(x, y);
      s3 = s3.fma(x, y);
      s4 = s4.fma(x, y);
      s5 = s5.fma(x, y);
      s6 = s6.fma(x, y);
      s7 = s7.fma(x, y);
      s8 = s8.fma(x, y);
      s9 = s9.fma(x, y);
      s10 = s10.fma(x, y);
      s11 = s11.fma(x, y);
    }
    s0.add(s1)
        .add(s2.add(s3))
        .add(s4.add(s5).add(s6.add(s7)))
        .add(s8.add(s9).add(s10.add(s11)))
        .intoArray(sums, task * LANES);
  }

  // ------------------------------------------------------------------------------------------
  // STREAM's triad: two arrays read, one written. The written lines are read by most processors
  // before they are overwritten; as usual, that third read is not counted.

  /**
   * {@code a = b + 3 c} over arrays that no cache holds.
   *
   * @return the result
   */
  @Benchmark
  public float[] triad() {
    int part = TRIAD_LENGTH / tasks() / BLOCK * BLOCK;
    IntStream.range(0, tasks())
        .parallel()
        .forEach(
            task -> {
              for (int i = 0; i < part; i += BLOCK) {
                triad(task * part + i, BLOCK);
              }
            });
    return a;
  }

  private void triad(int from, int length) {
    FloatVector three = FloatVector.broadcast(SPECIES, 3f);
    for (int i = from; i < from + length; i += LANES) {
      FloatVector.fromArray(SPECIES, c, i)
          .fma(three, FloatVector.fromArray(SPECIES, b, i))
          .intoArray(a, i);
    }
  }
}
