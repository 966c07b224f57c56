package org.stabledino.bench;

import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.detection.matching.LinearAssignment;

/**
 * The exact assignment inside the matcher, alone.
 *
 * <p>It runs on the host, once for every image and head: 7 times an image in the 6-layer model. The
 * uniform random costs are harder than trained ones, where most targets have a clear favourite.
 */
public class LinearAssignmentBenchmark extends Workload {
  /** Queries x targets. */
  @Param({"small 60x5", "r50.usual 900x8", "r50.crowded 900x60"})
  public String shape;

  private final LinearAssignment solver = new LinearAssignment();
  private int queries;
  private int targets;
  private double[] cost;
  private int[] row;
  private int[] col;

  /** A benchmark without memory yet. */
  public LinearAssignmentBenchmark() {}

  /** Draws the costs. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    queries = s.get(0);
    targets = s.get(1);
    cost = new Random(60).doubles((long) queries * targets).toArray();
    row = new int[Math.min(queries, targets)];
    col = new int[Math.min(queries, targets)];
  }

  @Override
  Work work(String method) {
    return Work.items(1);
  }

  // One shortest-path search a target, over all queries.

  /**
   * Solves the problem.
   *
   * @return the chosen queries
   */
  @Benchmark
  public int[] solve() {
    solver.solve(cost, queries, targets, row, col);
    return row;
  }
}
