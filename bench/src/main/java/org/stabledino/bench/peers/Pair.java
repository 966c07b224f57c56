package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.List;

/**
 * One op at one shape, computed by us and by others from equal operands.
 *
 * @param op what is computed, such as {@code gemm.forward}
 * @param shape as the benchmarks name it
 * @param effort of one call
 * @param goal to be reached with two threads
 * @param tolerance largest difference of two results, as a part of the largest absolute value
 * @param java our side
 * @param peers the others
 */
public record Pair(
    String op,
    String shape,
    Effort effort,
    Goal goal,
    double tolerance,
    Contestant java,
    List<Contestant> peers) {

  /**
   * All sides.
   *
   * @return ours first
   */
  public List<Contestant> contestants() {
    List<Contestant> all = new ArrayList<>();
    all.add(java);
    all.addAll(peers);
    return all;
  }

  /**
   * Lets everybody compute once and compares the results.
   *
   * @return the largest difference, as a part of our largest absolute value
   * @throws IllegalStateException if a peer's numbers are others than ours
   */
  public double check() {
    java.call().run();
    float[] ours = java.result().get();
    double worst = 0;
    for (Contestant peer : peers) {
      peer.call().run();
      double error = difference(ours, peer.result().get());
      if (!(error <= tolerance)) {
        throw new IllegalStateException(
            "%s %s: %s differs from Java by %.2g of the largest value; at most %.2g is allowed"
                .formatted(op, shape, peer.name(), error, tolerance));
      }
      worst = Math.max(worst, error);
    }
    return worst;
  }

  /** The largest difference over the largest absolute value; infinite where sizes differ. */
  static double difference(float[] ours, float[] theirs) {
    if (ours.length != theirs.length) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < ours.length; i++) {
      // Math.max hands NaN on, as it must.
      largest = Math.max(largest, Math.abs((double) ours[i]));
      difference = Math.max(difference, Math.abs((double) ours[i] - theirs[i]));
    }
    return difference == 0 ? 0 : difference / largest;
  }
}
