package org.stabledino.bench;

/**
 * A kernel written several times, from its definition to the product's form: each benchmark method
 * is a rung, and all give the same numbers.
 *
 * <p>The rate of every rung counts the definition's operations, so that rates compare like times.
 */
public abstract class Ladder extends Workload {

  /** A ladder whose shape is not set yet. */
  protected Ladder() {}

  /** Makes the operands anew, the same each time. */
  public abstract void setUp();

  /**
   * The operations that the kernel's definition takes: a multiply-add is two, a root, a division or
   * an exponential one.
   *
   * @return the number, for the shape that is set
   */
  public abstract double flops();

  /**
   * What a rung must move between memory and caches at least: every operand once, and what it keeps
   * in memory in between, written and read.
   *
   * @param rung the method's name
   * @return bytes, for the shape that is set
   */
  public abstract double bytes(String rung);

  /**
   * Everything that a rung computes.
   *
   * @return the arrays that the last call has written
   */
  public abstract float[][] results();

  @Override
  final Work work(String method) {
    return Work.flop(flops());
  }
}
