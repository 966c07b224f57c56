package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * Products of row-major matrices that lie anywhere in Java arrays.
 *
 * <p>The right factor is cut into panels as wide as the micro-kernel, and the common dimension into
 * blocks, so that what the innermost loops read again is in the caches. The left factor is read in
 * place: its elements are broadcast one by one, for which packing gains nothing. Only where it is
 * transposed, so that neighbours of a sum lie far apart, tasks pack their rows. Chunks of rows and
 * panels run in parallel; where they are cut depends on the sizes alone, and no sum is split
 * between threads.
 */
final class Gemm {
  /** Lines of a transposed left factor that are packed together, while they are in the cache. */
  private static final int PACKED_LINES = 16;

  /** Multiply-adds that are worth a task of their own. */
  private static final long TASK = 1 << 17;

  /** The most tasks that a product of few rows is cut into. */
  private static final int MOST_TASKS = 16;

  /** The block of the common dimension: with 16 columns, half of a 32 KiB cache. */
  private static final int BLOCK_K = 256;

  /** Rows of a chunk; a multiple of the micro-kernel's. */
  private static final int BLOCK_M = 96;

  /** Up to so many rows each task packs the panels it needs; more rows share packed panels. */
  private static final int FEW_ROWS = 768;

  /** With fewer rows, packing b costs more than it gains. */
  private static final int PACKING_ROWS = 24;

  /** With a shorter common dimension b's rows do not compete for cache lines. */
  private static final int PACKING_K = 33;

  private final TileLoops loops;
  private final Parallel parallel;
  private final int panel;

  /** Matrix products by these loops, on these threads. */
  Gemm(TileLoops loops, Parallel parallel) {
    this.loops = loops;
    this.parallel = parallel;
    this.panel = loops.panel();
  }

  /** {@code c = activation((accumulate ? c : bias) + op(a) op(b))}; bias may be null. */
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
    Right right = new Right(transposeB, n, k, b, bAt, ldb);
    Out out = new Out(c, cAt, ldc, bias, biasAt, accumulate, activation == Activation.RELU);
    boolean whole = n % loops.width(1, transposeA) == 0;
    if (!transposeB && whole && (m < PACKING_ROWS || k < PACKING_K)) {
      byColumns(left, right, out, true);
    } else if (m <= FEW_ROWS && !transposeA) {
      byColumns(left, right, out, false);
    } else {
      byRows(left, right, out);
    }
  }

  /** The left factor. */
  private record Left(boolean transposed, int m, float[] a, int at, int lda) {}

  /** The right factor. */
  private record Right(boolean transposed, int n, int k, float[] b, int at, int ldb) {}

  /** Where the result goes, and what it starts from. */
  private record Out(
      float[] c, int at, int ldc, float[] bias, int biasAt, boolean accumulate, boolean relu) {}

  /** Few rows: a task owns some panels, which it packs for itself, and most of the rows. */
  private void byColumns(Left left, Right right, Out out, boolean inPlace) {
    int panels = panels(right.n);
    int wanted = tasks(left.m, right.n, right.k);
    int width = (panels + wanted - 1) / wanted;
    int columnTasks = (panels + width - 1) / width;
    int rowTasks = Math.clamp(wanted / columnTasks, 1, (left.m + BLOCK_M - 1) / BLOCK_M);
    int height = roundUp((left.m + rowTasks - 1) / rowTasks);
    parallel.run(
        columnTasks * rowTasks,
        1,
        (begin, end) -> {
          for (int task = begin; task < end; task++) {
            int row = task % rowTasks * height;
            int rows = Math.min(left.m - row, height);
            int first = task / rowTasks * width;
            int count = Math.min(panels - first, width);
            if (rows > 0) {
              block(left, right, out, row, rows, first, count, inPlace);
            }
          }
        });
  }

  /** How many tasks a product is worth. */
  private static int tasks(int m, int n, int k) {
    return Math.clamp((long) m * n * Math.max(1, k) / TASK, 1, MOST_TASKS);
  }

  private static int roundUp(int rows) {
    return (rows + TileLoops.ROWS - 1) / TileLoops.ROWS * TileLoops.ROWS;
  }

  private void block(
      Left left, Right right, Out out, int row, int rows, int first, int count, boolean inPlace) {
    int column = first * panel;
    int columns = Math.min(right.n - column, count * panel);
    Product product = new Product(loops);
    if (inPlace) {
      product.b = right.b;
      product.bOffset = right.at + column;
      product.bStep = right.ldb;
      product.bPanelStep = panel;
      block(product, left, right, out, row, rows, column, columns, 0, right.k);
      return;
    }
    product.b = Workspace.mine().floats(Slot.PANELS, count * panel * Math.min(right.k, BLOCK_K));
    product.bStep = panel;
    int from = 0;
    do {
      int k = Math.min(right.k - from, BLOCK_K);
      for (int p = 0; p < count; p++) {
        pack(right, from, k, first + p, product.b, p * panel * k);
      }
      product.bPanelStep = panel * k;
      block(product, left, right, out, row, rows, column, columns, from, k);
      from += k;
    } while (from < right.k);
  }

  /** Many rows, or packed ones: all tasks share the panels of a block of the common dimension. */
  private void byRows(Left left, Right right, Out out) {
    int panels = panels(right.n);
    int wanted = tasks(left.m, right.n, right.k);
    int height = Math.min(BLOCK_M, roundUp((left.m + wanted - 1) / wanted));
    int tasks = (left.m + height - 1) / height;
    float[] packed =
        Workspace.mine().floats(Slot.PANELS, panels * panel * Math.min(right.k, BLOCK_K));
    int from = 0;
    do {
      int start = from;
      int k = Math.min(right.k - from, BLOCK_K);
      parallel.run(
          panels,
          Math.max(1, (1 << 14) / Math.max(1, k * panel)),
          (begin, end) -> {
            for (int p = begin; p < end; p++) {
              pack(right, start, k, p, packed, p * panel * k);
            }
          });
      parallel.run(
          tasks,
          1,
          (begin, end) -> {
            Product product = new Product(loops);
            product.b = packed;
            product.bStep = panel;
            product.bPanelStep = panel * k;
            for (int task = begin; task < end; task++) {
              int row = task * height;
              int rows = Math.min(left.m - row, height);
              block(product, left, right, out, row, rows, 0, right.n, start, k);
            }
          });
      from += k;
    } while (from < right.k);
  }

  /** Rows and columns of one block of the common dimension; b is described already. */
  private void block(
      Product product,
      Left left,
      Right right,
      Out out,
      int row,
      int rows,
      int column,
      int columns,
      int from,
      int k) {
    Workspace work = Workspace.mine();
    product.a = left.a;
    product.packed = left.transposed;
    product.inner = k;
    product.c = out.c;
    product.start = out.bias;
    product.startOffset = out.biasAt + column;
    product.accumulate = out.accumulate || from > 0;
    product.relu = out.relu && from + k == right.k;
    for (int i = 0; i < rows; i += BLOCK_M) {
      int count = Math.min(rows - i, BLOCK_M);
      if (left.transposed) {
        pack(left, row + i, count, from, k, product);
      } else {
        product.aOffset = left.at + (row + i) * left.lda + from;
        product.aRows = work.steps(Slot.LEFT_ROWS, count, left.lda);
      }
      product.cRows = work.steps(Slot.RESULT_ROWS, count, out.ldc);
      product.cOffset = out.at + (row + i) * out.ldc + column;
      product.run(count, columns);
    }
  }

  /** Packs rows of a transposed left factor, a few lines of memory after the other. */
  private void pack(Left left, int row, int rows, int from, int k, Product product) {
    Workspace work = Workspace.mine();
    int tiles = (rows + TileLoops.ROWS - 1) / TileLoops.ROWS;
    int step = TileLoops.ROWS * k + TileLoops.SLACK;
    float[] packed = work.floats(Slot.LEFT, tiles * step);
    for (int p = 0; p < k; p += PACKED_LINES) {
      int lines = Math.min(k - p, PACKED_LINES);
      for (int tile = 0; tile < tiles; tile++) {
        int at = left.at + (from + p) * left.lda + row + tile * TileLoops.ROWS;
        int to = tile * step + p * TileLoops.ROWS;
        loops.packRows(left.a, at, left.lda, lines, packed, to);
      }
    }
    product.a = packed;
    product.aOffset = 0;
    product.aRows = work.packedRows(Slot.LEFT_ROWS, rows, step);
  }

  private int panels(int n) {
    return (n + panel - 1) / panel;
  }

  /** Copies k rows of a panel's columns, filling up to its width with zeros. */
  private void pack(Right right, int from, int k, int index, float[] packed, int to) {
    int column = index * panel;
    int width = Math.min(right.n - column, panel);
    if (right.transposed) {
      int at = right.at + column * right.ldb + from;
      transpose(right.b, at, right.ldb, width, k, packed, to);
    } else {
      int at = right.at + from * right.ldb + column;
      for (int p = 0; p < k; p++) {
        System.arraycopy(right.b, at + p * right.ldb, packed, to + p * panel, width);
      }
    }
    for (int p = 0; width < panel && p < k; p++) {
      Arrays.fill(packed, to + p * panel + width, to + (p + 1) * panel, 0f);
    }
  }

  /** Rows become a panel's columns, eight at a time so that both sides use whole cache lines. */
  private void transpose(
      float[] x, int at, int ldx, int rows, int columns, float[] packed, int packedAt) {
    int r = 0;
    for (; r + 8 <= rows; r += 8) {
      int row = at + r * ldx;
      for (int c = 0; c < columns; c++) {
        int to = packedAt + c * panel + r;
        int from = row + c;
        packed[to] = x[from];
        packed[to + 1] = x[from + ldx];
        packed[to + 2] = x[from + 2 * ldx];
        packed[to + 3] = x[from + 3 * ldx];
        packed[to + 4] = x[from + 4 * ldx];
        packed[to + 5] = x[from + 5 * ldx];
        packed[to + 6] = x[from + 6 * ldx];
        packed[to + 7] = x[from + 7 * ldx];
      }
    }
    for (; r < rows; r++) {
      int row = at + r * ldx;
      for (int c = 0; c < columns; c++) {
        packed[packedAt + c * panel + r] = x[row + c];
      }
    }
  }
}
