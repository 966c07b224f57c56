package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Activation;

/**
 * Products of row-major matrices that lie anywhere in Java arrays.
 *
 * <p>The right factor is cut into panels as wide as the micro-kernel, and the common dimension into
 * blocks, so that what the innermost loops read again is in the caches. The left factor is read in
 * place: its elements are broadcast one by one, for which packing gains nothing. Chunks of rows and
 * panels run in parallel; where they are cut depends on the sizes alone, and no sum is split
 * between threads.
 */
final class Gemm {
  /** Products of fewer multiply-adds run on the calling thread. */
  private static final long SERIAL = 1 << 16;

  /** The block of the common dimension: with 16 columns, half of a 32 KiB cache. */
  private static final int BLOCK_K = 256;

  /** Rows of a chunk; a multiple of the micro-kernel's. */
  private static final int BLOCK_M = 96;

  /** With fewer rows, packing b costs more than it gains. */
  private static final int PACKING_ROWS = 24;

  /** With a shorter common dimension b's rows do not compete for cache lines. */
  private static final int PACKING_K = 33;

  private final GemmLoops loops;
  private final Parallel parallel;
  private final int panel;

  /** Matrix products by these loops, on these threads. */
  Gemm(GemmLoops loops, Parallel parallel) {
    this.loops = loops;
    this.parallel = parallel;
    this.panel = loops.panel();
  }

  /** {@code c = activation((accumulate ? c : bias) + op(a) op(b))}; see {@link GemmLoops#block}. */
  void multiply(
      boolean transposeA,
      boolean transposeB,
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
      Activation activation,
      boolean accumulate) {
    if (m == 0 || n == 0) {
      return;
    }
    Left left = new Left(transposeA, m, a, aAt, lda);
    Out out = new Out(c, cAt, ldc, bias, biasAt);
    boolean relu = activation == Activation.RELU;
    boolean inPlace = !transposeB && (m < PACKING_ROWS || k < PACKING_K);
    int whole = inPlace ? n - n % panel : 0;
    if (whole < n && loops.exact(n - whole) && inPlace) {
      whole = n;
    }
    int block = inPlace && whole == n ? Math.max(k, 1) : BLOCK_K;
    int from = 0;
    do {
      int length = Math.min(k - from, block);
      boolean first = from == 0;
      boolean last = from + length == k;
      float[] packed = null;
      if (whole < n) {
        packed = Scratch.GEMM_B.take(panels(n - whole) * panel * length);
        int at = transposeB ? bAt + whole * ldb + from : bAt + from * ldb + whole;
        packPanels(transposeB, n - whole, length, b, at, ldb, packed);
      }
      Right right = new Right(n, whole, b, bAt + from * ldb, ldb, packed);
      product(left, right, out, from, length, accumulate || !first, relu && last);
      from += length;
    } while (from < k);
  }

  /** The left factor. */
  private record Left(boolean transposed, int m, float[] a, int at, int lda) {}

  /**
   * A block of the right factor: columns below {@code whole} lie in place, the others in panels.
   */
  private record Right(int n, int whole, float[] b, int at, int ldb, float[] packed) {}

  /** Where the result goes. */
  private record Out(float[] c, int at, int ldc, float[] bias, int biasAt) {}

  /** One block of the common dimension, rows {@code from} to {@code from + k} of b. */
  private void product(
      Left left, Right right, Out out, int from, int k, boolean accumulate, boolean relu) {
    int panels = panels(right.n);
    long work = (long) left.m * right.n * k;
    if (work < SERIAL || parallel.threads() == 1) {
      chunk(left, right, out, 0, left.m, 0, panels, from, k, accumulate, relu);
      return;
    }
    int rowChunks = (left.m + BLOCK_M - 1) / BLOCK_M;
    // About 16 chunks at least, if each is still worth a thread's attention.
    int wanted = (int) Math.max(1, Math.min(work / (SERIAL / 2), 16));
    int columnChunks = Math.min(panels, Math.max(1, wanted / rowChunks));
    int width = (panels + columnChunks - 1) / columnChunks;
    int columns = (panels + width - 1) / width;
    parallel.run(
        rowChunks * columns,
        1,
        (chunk, _) -> {
          int row = chunk / columns * BLOCK_M;
          int column = chunk % columns * width;
          chunk(
              left,
              right,
              out,
              row,
              Math.min(left.m - row, BLOCK_M),
              column,
              Math.min(panels, column + width),
              from,
              k,
              accumulate,
              relu);
        });
  }

  private void chunk(
      Left left,
      Right right,
      Out out,
      int row,
      int m,
      int firstPanel,
      int endPanel,
      int from,
      int k,
      boolean accumulate,
      boolean relu) {
    for (int i = 0; i < m; i += BLOCK_M) {
      int rows = Math.min(m - i, BLOCK_M);
      float[] a = left.a;
      int lda = left.lda;
      int aAt = left.at + (row + i) * lda + from;
      if (left.transposed) {
        a = Scratch.GEMM_A.take(rows * k);
        transpose(left.a, left.at + from * left.lda + row + i, left.lda, k, rows, a, 0, k);
        lda = k;
        aAt = 0;
      }
      for (int p = firstPanel; p < endPanel; p++) {
        int column = p * panel;
        int n = Math.min(right.n - column, panel);
        boolean inPlace = column < right.whole;
        loops.block(
            rows,
            n,
            k,
            a,
            aAt,
            lda,
            inPlace ? right.b : right.packed,
            inPlace ? right.at + column : (column - right.whole) * k,
            inPlace ? right.ldb : panel,
            out.c,
            out.at + (row + i) * out.ldc + column,
            out.ldc,
            out.bias,
            out.biasAt + column,
            accumulate,
            relu);
      }
    }
  }

  private int panels(int n) {
    return (n + panel - 1) / panel;
  }

  private void packPanels(
      boolean transposeB, int n, int k, float[] b, int bAt, int ldb, float[] packed) {
    int grain = Math.max(1, (1 << 14) / Math.max(1, k * panel));
    parallel.run(
        panels(n),
        grain,
        (first, end) -> {
          for (int p = first; p < end; p++) {
            int column = p * panel;
            int width = Math.min(n - column, panel);
            int to = column * k;
            if (transposeB) {
              transposePanel(b, bAt + column * ldb, ldb, width, k, packed, to);
            } else {
              copyPanel(b, bAt + column, ldb, width, k, packed, to);
            }
          }
        });
  }

  /** Copies k rows of {@code width} columns, filling up to a panel's width with zeros. */
  private void copyPanel(float[] b, int at, int ldb, int width, int k, float[] packed, int to) {
    for (int p = 0; p < k; p++) {
      int row = to + p * panel;
      System.arraycopy(b, at + p * ldb, packed, row, width);
      for (int j = width; j < panel; j++) {
        packed[row + j] = 0f;
      }
    }
  }

  /** Turns {@code width} rows of k elements into columns of a panel. */
  private void transposePanel(
      float[] b, int at, int ldb, int width, int k, float[] packed, int to) {
    transpose(b, at, ldb, width, k, packed, to, panel);
    for (int p = 0; width < panel && p < k; p++) {
      Arrays.fill(packed, to + p * panel + width, to + (p + 1) * panel, 0f);
    }
  }

  /** {@code out[c, r] = x[r, c]}, eight rows at a time so that both sides use whole cache lines. */
  private static void transpose(
      float[] x, int at, int ldx, int rows, int columns, float[] out, int outAt, int ldOut) {
    int r = 0;
    for (; r + 8 <= rows; r += 8) {
      int row = at + r * ldx;
      for (int c = 0; c < columns; c++) {
        int to = outAt + c * ldOut + r;
        int from = row + c;
        out[to] = x[from];
        out[to + 1] = x[from + ldx];
        out[to + 2] = x[from + 2 * ldx];
        out[to + 3] = x[from + 3 * ldx];
        out[to + 4] = x[from + 4 * ldx];
        out[to + 5] = x[from + 5 * ldx];
        out[to + 6] = x[from + 6 * ldx];
        out[to + 7] = x[from + 7 * ldx];
      }
    }
    for (; r < rows; r++) {
      int row = at + r * ldx;
      for (int c = 0; c < columns; c++) {
        out[outAt + c * ldOut + r] = x[row + c];
      }
    }
  }
}
