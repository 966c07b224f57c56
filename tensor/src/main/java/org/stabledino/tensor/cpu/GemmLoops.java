package org.stabledino.tensor.cpu;

/** The micro-kernel of matrix products. */
interface GemmLoops {

  /** How many columns a panel of b has; the micro-kernel works on at most this many. */
  int panel();

  /** How many rows the micro-kernel keeps in registers; blocks of a multiple waste nothing. */
  int rows();

  /**
   * Whether {@link #block} may read b in place for a panel of n columns, without reading beyond
   * them.
   */
  boolean exact(int n);

  /**
   * {@code c = activation((accumulate ? c : bias) + a b)} for m rows and one panel of columns.
   *
   * @param m rows, at least 1
   * @param n columns, 1 to {@link #panel}
   * @param k the length of the dot products; may be 0
   * @param a rows of k elements, {@code lda} apart
   * @param b k rows of n elements, {@code ldb} apart; unless {@link #exact} each row is readable up
   *     to {@link #panel} columns
   * @param c written, m rows {@code ldc} apart
   * @param bias n elements from {@code biasAt}; null for zeros, and unused when accumulating
   * @param accumulate whether to start from what c holds
   * @param relu whether negative results become 0
   */
  void block(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu);
}
