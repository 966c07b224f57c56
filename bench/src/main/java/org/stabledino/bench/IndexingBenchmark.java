package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.Tensor;

/**
 * Sums, and copies that reorder or collect. None of them computes; their figure is how much of the
 * memory's speed is left when neighbours are not neighbours any more.
 */
public class IndexingBenchmark extends DeviceWorkload {
  /** B x tokens x channels, and the rows that are gathered. */
  @Param({
    "small.tokens 2x336x64 rows 120",
    "small.bccd.tokens 2x1580x64 rows 120",
    "r50.tokens 1x22223x256 rows 900"
  })
  public String shape;

  private static final int[] SWAPPED = {0, 2, 1};

  private IndexingKernels kernels;
  private Tensor x;
  private Tensor swapped;
  private Tensor channels;
  private Tensor indices;
  private Tensor rows;
  private Tensor target;

  /** A benchmark without memory yet. */
  public IndexingBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    int batch = s.get(0);
    int tokens = s.get(1);
    int width = s.get(2);
    int count = s.get(3);
    kernels = backend().indexing();
    Inputs inputs = inputs();
    x = inputs.uniform(batch, tokens, width);
    swapped = empty(batch, width, tokens);
    channels = empty(width);
    int[] chosen = inputs.random().ints((long) batch * count, 0, tokens).toArray();
    indices = Tensor.of(chosen, batch, count).to(DEVICE);
    rows = inputs.uniform(batch, count, width);
    target = inputs.uniform(batch, tokens, width);
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    double all = (double) s.get(0) * s.get(1) * s.get(2);
    double some = (double) s.get(0) * s.get(3) * s.get(2);
    return Work.floats(
        switch (method) {
          case "sum" -> all;
          case "transpose" -> 2 * all;
          case "gather" -> 2 * some;
          default -> 3 * some;
        });
  }

  // The gradient of a bias: a long sum for each channel.

  /**
   * Sums over all but the last axis.
   *
   * @return the sums
   */
  @Benchmark
  public Tensor sum() {
    kernels.sumTo(x, channels);
    return done(channels);
  }

  // Whichever way it walks, one side is strided.

  /**
   * Swaps tokens and channels.
   *
   * @return the transpose
   */
  @Benchmark
  public Tensor transpose() {
    kernels.permute(x, SWAPPED, swapped);
    return done(swapped);
  }

  // The selected queries among the tokens.

  /**
   * Collects rows.
   *
   * @return the rows
   */
  @Benchmark
  public Tensor gather() {
    kernels.gatherRows(x, indices, rows);
    return done(rows);
  }

  // Its gradient; an index that occurs twice adds twice.

  /**
   * Adds rows where they were collected.
   *
   * @return what they were added to
   */
  @Benchmark
  public Tensor scatter() {
    kernels.scatterAddRows(rows, indices, target);
    return done(target);
  }
}
