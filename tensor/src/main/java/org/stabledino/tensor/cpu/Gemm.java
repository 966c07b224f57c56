package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * Products of row-major matrices that lie anywhere in Java arrays.
 *
 * <p>The right factor is cut into panels as wide as the micro-kernel, and the common dimension into
 * blocks, so that what the innermost loops read again is in the caches. The rows of the left factor
 * are read in place or packed a few at a time, as {@link Product} finds better; where it is
 * transposed, so that neighbours of a sum lie far apart, they are packed here. First the factors
 * are packed in parallel, then chunks of rows and panels are multiplied in parallel; where they are
 * cut depends on the sizes alone, and no sum is split between threads.
 */
final class Gemm {
  /** Lines of a transposed left factor that are packed together: a set of the cache holds them. */
  private static final int PACKED_LINES = TileLoops.GROUP;

  /** Multiply-adds that are worth a task of their own. */
  private static final long TASK = 1 << 17;

  /** The most tasks that a product of few rows is cut into. */
  private static final int MOST_TASKS = 16;

  /** The block of the common dimension: with 16 columns, half of a 32 KiB cache. */
  private static final int BLOCK_K = 256;

  /** Rows of a chunk; a multiple of the micro-kernel's. */
  private static final int BLOCK_M = 96;

  /** Rows of a chunk that are packed already: more of them use each panel. */
  private static final int PACKED_M = 3 * BLOCK_M;

  /** Panels that are packed together, so that what is read of a line of memory is long. */
  private static final int PACKED_PANELS = 16;

  /** Floats of the packed factors that all tasks share: 8 MiB, which the L3 cache should hold. */
  private static final int SHARED_FLOATS = 1 << 21;

  /** Panels of a task that owns not all of them. */
  private static final int LEAST_PANELS = 4;

  /** Up to so many rows each task packs the panels it needs; more rows share packed panels. */
  private static final int FEW_ROWS = 256;

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
    int height = TileLoops.roundUp((left.m + rowTasks - 1) / rowTasks);
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

  private void block(
      Left left, Right right, Out out, int row, int rows, int first, int count, boolean inPlace) {
    int column = first * panel;
    int columns = Math.min(right.n - column, count * panel);
    Product product = new Product(loops);
    product.packed = left.transposed && !inPlace;
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
      product.bPanelStep = panel * k;
      pack(right, from, k, first, count, product.b, 0, product.bPanelStep);
      block(product, left, right, out, row, rows, column, columns, from, k);
      from += k;
    } while (from < right.k);
  }

  /**
   * Many rows, or packed ones: all tasks share packed factors, for as much of the common dimension
   * as {@link #SHARED_FLOATS} hold, so that they wait for each other rarely and a task's results
   * stay in its cache from block to block.
   */
  private void byRows(Left left, Right right, Out out) {
    int width = panels(right.n) * panel;
    int leftBlock = left.transposed ? leftBlock(left.m) : 0;
    long fitting = SHARED_FLOATS / ((long) width * BLOCK_K + leftBlock);
    int reach = Math.clamp(fitting, 1, Math.max(1, blocks(right.k))) * BLOCK_K;
    float[] panels = Workspace.mine().floats(Slot.PANELS, width * Math.min(right.k, reach));
    float[] rows = Workspace.mine().floats(Slot.LEFT, reach / BLOCK_K * leftBlock);
    int from = 0;
    do {
      int k = Math.min(right.k - from, reach);
      packPanels(right, from, k, panels);
      if (left.transposed) {
        packRows(left, from, k, rows);
      }
      multiply(left, right, out, from, k, panels, rows);
      from += k;
    } while (from < right.k);
  }

  /** How many blocks of the common dimension there are. */
  private static int blocks(int k) {
    return (k + BLOCK_K - 1) / BLOCK_K;
  }

  /** Packs all panels of {@code k} lines of the right factor; a task packs a block of some. */
  private void packPanels(Right right, int from, int k, float[] packed) {
    int panels = panels(right.n);
    int groups = (panels + PACKED_PANELS - 1) / PACKED_PANELS;
    parallel.run(
        blocks(k) * groups,
        1,
        (begin, end) -> {
          for (int i = begin; i < end; i++) {
            int start = i / groups * BLOCK_K;
            int lines = Math.min(k - start, BLOCK_K);
            int first = i % groups * PACKED_PANELS;
            int count = Math.min(panels - first, PACKED_PANELS);
            int to = (first * k + start) * panel;
            pack(right, from + start, lines, first, count, packed, to, panel * k);
          }
        });
  }

  /** Packs all rows of {@code k} columns of a transposed left factor, block after block. */
  private void packRows(Left left, int from, int k, float[] packed) {
    int chunks = (left.m + BLOCK_M - 1) / BLOCK_M;
    parallel.run(
        blocks(k) * chunks,
        1,
        (begin, end) -> {
          for (int i = begin; i < end; i++) {
            int start = i / chunks * BLOCK_K;
            int row = i % chunks * BLOCK_M;
            int lines = Math.min(k - start, BLOCK_K);
            int to =
                i / chunks * leftBlock(left.m) + row / TileLoops.ROWS * TileLoops.packedStep(lines);
            pack(left, row, Math.min(left.m - row, BLOCK_M), from + start, lines, packed, to);
          }
        });
  }

  /** Floats of a whole block of packed rows. */
  private static int leftBlock(int m) {
    return TileLoops.roundUp(m) / TileLoops.ROWS * TileLoops.packedStep(BLOCK_K);
  }

  /** The product of packed factors; a task owns some rows and panels of the result. */
  private void multiply(
      Left left, Right right, Out out, int from, int k, float[] panels, float[] rows) {
    int width = panels(right.n) * panel;
    int wanted = tasks(left.m, right.n, k);
    int most = left.transposed ? PACKED_M : BLOCK_M;
    int rowTasks = (left.m + most - 1) / most;
    int columnTasks =
        Math.clamp(
            (wanted + rowTasks - 1) / rowTasks, 1, Math.max(1, width / panel / LEAST_PANELS));
    int columns = (width / panel + columnTasks - 1) / columnTasks * panel;
    int chunk =
        Math.min(
            most, TileLoops.roundUp((int) (((long) left.m * columnTasks + wanted - 1) / wanted)));
    int across = (right.n + columns - 1) / columns;
    parallel.run(
        (left.m + chunk - 1) / chunk * across,
        1,
        (begin, end) -> {
          Product product = new Product(loops);
          product.b = panels;
          product.bStep = panel;
          product.bPanelStep = panel * k;
          product.packed = left.transposed;
          for (int task = begin; task < end; task++) {
            int row = task / across * chunk;
            int column = task % across * columns;
            int height = Math.min(left.m - row, chunk);
            int count = Math.min(right.n - column, columns);
            int block = !left.transposed && loops.packs(count) ? k : BLOCK_K;
            int start = 0;
            do {
              int lines = Math.min(k - start, block);
              product.bOffset = start * panel + column * k;
              if (left.transposed) {
                product.a = rows;
                product.aOffset =
                    start / BLOCK_K * leftBlock(left.m)
                        + row / TileLoops.ROWS * TileLoops.packedStep(lines);
              } else {
                product.a = left.a;
                product.aOffset = left.at + row * left.lda + from + start;
              }
              run(product, left, right, out, row, height, column, count, from + start, lines);
              start += lines;
            } while (start < k);
          }
        });
  }

  /** Some rows of one block of the common dimension, with a left factor as it lies in memory. */
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
    for (int i = row; i < row + rows; i += BLOCK_M) {
      int count = Math.min(row + rows - i, BLOCK_M);
      if (left.transposed) {
        product.a =
            work.floats(
                Slot.LEFT, TileLoops.roundUp(count) / TileLoops.ROWS * TileLoops.packedStep(k));
        product.aOffset = 0;
        if (product.packed) {
          pack(left, i, count, from, k, product.a, 0);
        } else {
          transpose(left, i, count, from, k, product.a);
        }
      } else {
        product.a = left.a;
        product.aOffset = left.at + i * left.lda + from;
      }
      run(product, left, right, out, i, count, column, columns, from, k);
    }
  }

  /** Some rows of one block of the common dimension; both factors are described already. */
  private void run(
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
    product.aRows =
        product.packed
            ? work.packedRows(Slot.LEFT_ROWS, rows, rows, TileLoops.packedStep(k))
            : work.steps(Slot.LEFT_ROWS, rows, left.transposed ? k : left.lda);
    product.inner = k;
    product.c = out.c;
    product.cRows = work.steps(Slot.RESULT_ROWS, rows, out.ldc);
    product.cOffset = out.at + row * out.ldc + column;
    product.start = out.bias;
    product.startOffset = out.biasAt + column;
    product.accumulate = out.accumulate || from > 0;
    product.relu = out.relu && from + k == right.k;
    product.run(rows, columns);
  }

  /** Packs rows of a transposed left factor, a few lines of memory after the other. */
  private void pack(Left left, int row, int rows, int from, int k, float[] packed, int to) {
    int tiles = TileLoops.roundUp(rows) / TileLoops.ROWS;
    for (int p = 0; p < k; p += PACKED_LINES) {
      int lines = Math.min(k - p, PACKED_LINES);
      for (int tile = 0; tile < tiles; tile++) {
        int at = left.at + (from + p) * left.lda + row + tile * TileLoops.ROWS;
        int used = Math.min(TileLoops.ROWS, rows - tile * TileLoops.ROWS);
        loops.packColumns(
            left.a, at, left.lda, used, lines, packed, to + tile * TileLoops.packedStep(k), p);
      }
    }
  }

  /** Copies columns of a transposed left factor to rows of {@code k}. */
  private static void transpose(Left left, int row, int rows, int from, int k, float[] copy) {
    for (int p = 0; p < k; p++) {
      int at = left.at + (from + p) * left.lda + row;
      for (int i = 0; i < rows; i++) {
        copy[i * k + p] = left.a[at + i];
      }
    }
  }

  private int panels(int n) {
    return (n + panel - 1) / panel;
  }

  /** Copies k rows of some panels' columns, filling the last panel with zeros. */
  private void pack(
      Right right, int from, int k, int first, int count, float[] packed, int to, int panelStep) {
    int column = first * panel;
    int columns = Math.min(right.n - column, count * panel);
    if (right.transposed) {
      for (int p = 0; p < count; p++) {
        int at = right.at + (column + p * panel) * right.ldb + from;
        int width = Math.min(columns - p * panel, panel);
        loops.transpose(right.b, at, right.ldb, width, k, packed, to + p * panelStep, panel);
      }
    } else {
      int at = right.at + from * right.ldb + column;
      loops.packPanels(right.b, at, right.ldb, k, columns, packed, to, panelStep);
    }
    int used = columns % panel;
    for (int p = 0; used > 0 && p < k; p++) {
      int row = to + (count - 1) * panelStep + p * panel;
      Arrays.fill(packed, row + used, row + panel, 0f);
    }
  }
}
