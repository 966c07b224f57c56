package org.stabledino.bench.peers;

import java.io.Serializable;

/**
 * What one call does, whoever computes it.
 *
 * @param flops floating-point operations by the definition; a multiply-add is two
 * @param bytes that must be read or written at least once
 */
public record Effort(double flops, double bytes) implements Serializable {

  /**
   * An op that only moves numbers.
   *
   * @param floats how many are read and written
   * @return without arithmetic worth counting
   */
  public static Effort traffic(double floats) {
    return new Effort(0, 4 * floats);
  }

  /**
   * An op that computes.
   *
   * @param flops operations
   * @param floats how many values are read and written
   * @return both
   */
  public static Effort of(double flops, double floats) {
    return new Effort(flops, 4 * floats);
  }
}
