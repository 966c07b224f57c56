package org.stabledino.bench.ladder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tile: the innermost loop of every fast kernel with matrix products in it.
 *
 * <p>A processor with 16 vector registers can keep twelve sums in them, and has four left for what
 * it multiplies. Six rows times two vectors of columns are the best rectangle of twelve: a step of
 * the common dimension loads 2 vectors of b and 6 numbers of a, and makes 12 fused multiply-adds of
 * them. Eight loads pay for twelve multiply-adds; with one row instead of six, three loads would
 * pay for two. And the twelve sums do not depend on one another: a fused multiply-add takes four
 * cycles and two start in each, so that eight must be under way at any time, or the processor
 * waits.
 *
 * <p>The sums are twelve local variables, because the compiler keeps no array in registers.
 */
final class Tile {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Rows of a tile. */
  static final int ROWS = 6;

  /** Columns of a tile, and of a packed panel. */
  static final int COLUMNS = 2 * LANES;

  /** A panel's part that is used at a time: with 16 columns 16 KiB, half of the first cache. */
  static final int BLOCK_K = 256;

  private Tile() {}

  /**
   * {@code c[i, j] += sum over p of a[i, p] b[p, j]} for 6 rows and two vectors of columns.
   *
   * @param a rows {@code lda} apart from {@code aAt}; they may overlap
   * @param k the length of the sums
   * @param b rows {@code ldb} apart from {@code bAt}
   * @param c rows {@code ldc} apart from {@code cAt}
   */
  static void add(
      float[] a,
      int aAt,
      int lda,
      int k,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc) {
    int a1 = aAt + lda;
    int a2 = aAt + 2 * lda;
    int a3 = aAt + 3 * lda;
    int a4 = aAt + 4 * lda;
    int a5 = aAt + 5 * lda;
    int c1 = cAt + ldc;
    int c2 = cAt + 2 * ldc;
    int c3 = cAt + 3 * ldc;
    int c4 = cAt + 4 * ldc;
    int c5 = cAt + 5 * ldc;
    FloatVector s00 = load(c, cAt);
    FloatVector s01 = load(c, cAt + LANES);
    FloatVector s10 = load(c, c1);
    FloatVector s11 = load(c, c1 + LANES);
    FloatVector s20 = load(c, c2);
    FloatVector s21 = load(c, c2 + LANES);
    FloatVector s30 = load(c, c3);
    FloatVector s31 = load(c, c3 + LANES);
    FloatVector s40 = load(c, c4);
    FloatVector s41 = load(c, c4 + LANES);
    FloatVector s50 = load(c, c5);
    FloatVector s51 = load(c, c5 + LANES);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bAt + p * ldb);
      FloatVector b1 = load(b, bAt + p * ldb + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[aAt + p]);
      s00 = x.fma(b0, s00);
      s01 = x.fma(b1, s01);
      x = FloatVector.broadcast(SPECIES, a[a1 + p]);
      s10 = x.fma(b0, s10);
      s11 = x.fma(b1, s11);
      x = FloatVector.broadcast(SPECIES, a[a2 + p]);
      s20 = x.fma(b0, s20);
      s21 = x.fma(b1, s21);
      x = FloatVector.broadcast(SPECIES, a[a3 + p]);
      s30 = x.fma(b0, s30);
      s31 = x.fma(b1, s31);
      x = FloatVector.broadcast(SPECIES, a[a4 + p]);
      s40 = x.fma(b0, s40);
      s41 = x.fma(b1, s41);
      x = FloatVector.broadcast(SPECIES, a[a5 + p]);
      s50 = x.fma(b0, s50);
      s51 = x.fma(b1, s51);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(SPECIES, x, at);
  }

  // ------------------------------------------------------------------------------------------
  // Packing. Columns of a tile are cut out of b and laid one row after the other, as the tile will
  // read them: [panels, K, COLUMNS]. Each cache line that is loaded is then used whole, the
  // addresses ascend, which the processor's prefetching expects, and no two of them compete for
  // one place of the cache.

  /**
   * Packs a matrix [k, n] into panels.
   *
   * @param b rows {@code ldb} apart from {@code bAt}
   * @param packed the panels, from {@code to}
   */
  static void pack(float[] b, int bAt, int ldb, int k, int n, float[] packed, int to) {
    for (int j = 0; j < n; j += COLUMNS) {
      for (int p = 0; p < k; p++) {
        System.arraycopy(b, bAt + p * ldb + j, packed, to + j * k + p * COLUMNS, COLUMNS);
      }
    }
  }

  /**
   * {@code c += a b} with packed b. A piece of a panel stays in the first cache while all rows pass
   * it; the piece of a that passes, m x 256, stays in the second.
   *
   * @param m a multiple of {@link #ROWS}
   * @param n a multiple of {@link #COLUMNS}
   */
  static void multiply(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] packed,
      int packedAt,
      float[] c,
      int cAt,
      int ldc) {
    for (int from = 0; from < k; from += BLOCK_K) {
      int depth = Math.min(BLOCK_K, k - from);
      for (int j = 0; j < n; j += COLUMNS) {
        int panel = packedAt + j * k + from * COLUMNS;
        for (int i = 0; i < m; i += ROWS) {
          int row = aAt + i * lda + from;
          add(a, row, lda, depth, packed, panel, COLUMNS, c, cAt + i * ldc + j, ldc);
        }
      }
    }
  }

  /** Refuses sizes with a rest: the ladders have none, so that nothing hides the idea. */
  static void checkFits(String what, int size, int step) {
    if (size % step != 0) {
      throw new IllegalArgumentException(
          what + " is " + size + "; a ladder's must be a multiple of " + step);
    }
  }
}
