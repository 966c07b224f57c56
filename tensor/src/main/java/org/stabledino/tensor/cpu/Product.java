package org.stabledino.tensor.cpu;

import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * A matrix product whose left factor need not be a matrix in memory: {@code c[i, j] = start[j] +
 * sum over (o, p) of a[aRows[i] + o * outerStep + p] * b[(o * (inner + gap) + p) * bStep + j]}.
 *
 * <p>Rows that start anywhere make the windows of a feature map rows of a matrix without copying
 * them; {@code outer} walks the lines of a window, whose starts ascend from row to row. A
 * transposed factor, whose neighbours of a sum would lie far apart, has been packed, as {@link
 * TileLoops#packedAt} says, in one line. Rows that lie in place are packed here, if there are so
 * many columns that it pays. The fields describe one product; a task sets them and calls {@link
 * #run}. The columns of b lie in panels of {@link TileLoops#panel}, {@code bPanelStep} apart.
 */
final class Product {
  /** Elements of a row that a block of the sum has at most: half of a 32 KiB cache of b. */
  private static final int BLOCK = 256;

  /** Rows that are packed together, for all columns; a multiple of a tile's. */
  private static final int BLOCK_ROWS = 96;

  /** So many are packed together if they are all, or if the sum is one block. */
  private static final int MOST_ROWS = 3 * BLOCK_ROWS;

  /** Floats of the blocks that are packed at once, unless one alone has more: 192 KiB. */
  private static final int PACKED = 2 * BLOCK_ROWS * BLOCK;

  float[] a;
  int aOffset;

  /** Where the rows of a start, after {@code aOffset}. */
  int[] aRows;

  int outer = 1;
  int outerStep;
  int inner;

  /** Rows of b behind those of each line of the sum: zeros, which let lines start with a group. */
  int gap;

  /** Whether tiles of a's rows are packed; b then lies in panels, which {@code bStep} says. */
  boolean packed;

  float[] b;
  int bOffset;
  int bStep;
  int bPanelStep;

  float[] c;
  int cOffset;

  /** Where the rows of c start, after {@code cOffset}. */
  int[] cRows;

  /** What the sums of each column start from, such as a bias; null for zeros. */
  float[] start;

  int startOffset;

  /** Whether the sums start from what c holds, instead. */
  boolean accumulate;

  /** Whether negative results become 0. */
  boolean relu;

  private final TileLoops loops;

  /** An empty description. */
  Product(TileLoops loops) {
    this.loops = loops;
  }

  /**
   * Computes {@code rows} rows and {@code columns} columns of c. Each row of b is readable up to a
   * multiple of the narrowest tile's width.
   */
  void run(int rows, int columns) {
    if (gap > 0 || !packed && bStep == loops.panel() && loops.packs(columns)) {
      runPacked(rows, columns);
    } else {
      run(0, rows, columns);
    }
  }

  /**
   * By packed copies of some rows, for all columns, block after block of the sum. As long stretches
   * of the rows are packed as the L2 cache holds: memory is read fastest in order.
   */
  private void runPacked(int rows, int columns) {
    Workspace work = Workspace.mine();
    int length = outer * (inner + gap);
    int blocks = Math.max(1, (length + BLOCK - 1) / BLOCK);
    int most = TileLoops.wholeGroups(Math.max(1, (length + blocks - 1) / blocks));
    int height = rows <= MOST_ROWS ? TileLoops.roundUp(rows) : blocks == 1 ? MOST_ROWS : BLOCK_ROWS;
    int stretch = Math.clamp(PACKED / (height * most), 1, blocks) * most;
    Product copy = new Product(loops);
    copy.packed = true;
    copy.a = work.floats(Slot.ROWS, height / TileLoops.ROWS * TileLoops.packedStep(stretch));
    copy.b = b;
    copy.bStep = bStep;
    copy.bPanelStep = bPanelStep;
    copy.c = c;
    copy.cRows = cRows;
    copy.cOffset = cOffset;
    copy.start = start;
    copy.startOffset = startOffset;
    for (int row = 0; row < rows; row += height) {
      int end = Math.min(rows, row + height);
      int from = 0;
      do {
        int to = Math.min(from + stretch, length);
        int step = TileLoops.packedStep(to - from);
        pack(row, end, from, to, copy.a, step);
        copy.aRows = work.packedRows(Slot.ROW_STARTS, rows, height, step);
        for (int block = from; block == from || block < to; block += most) {
          copy.aOffset = TileLoops.packedAt(0, block - from);
          copy.inner = Math.min(most, to - block);
          copy.bOffset = bOffset + block * bStep;
          copy.accumulate = accumulate || block > 0;
          copy.relu = relu && block + copy.inner == length;
          copy.run(row, end, columns);
        }
        from = to;
      } while (from < length);
    }
  }

  /** Packs elements {@code from} to {@code to} of some rows, counted through all lines. */
  private void pack(int row, int end, int from, int to, float[] rows, int step) {
    int line = inner + gap;
    for (int tile = row; tile < end; tile += TileLoops.ROWS) {
      int last = Math.min(TileLoops.ROWS, end - tile) - 1;
      int tileAt = (tile - row) / TileLoops.ROWS * step;
      for (int p = from; p < to; ) {
        int count = Math.min(to - p, line - p % line);
        int at = aOffset + p / line * outerStep + p % line;
        int real = Math.clamp(inner - p % line, 0, count);
        // Whole groups, where they can be read: what lies behind the line gives way to zeros.
        boolean readable = at + aRows[tile + last] + count <= a.length;
        loops.packRows(a, at, aRows, tile, last, readable ? count : real, rows, tileAt, p - from);
        for (int q = p + real; q < p + count; q++) {
          int zero = tileAt + TileLoops.packedAt(0, q - from);
          for (int i = 0; i < TileLoops.ROWS; i++) {
            rows[zero + i * TileLoops.GROUP] = 0f;
          }
        }
        p += count;
      }
    }
  }

  private void run(int row, int end, int columns) {
    int panel = loops.panel();
    for (int column = 0; column < columns; ) {
      int bAt = bOffset + column / panel * bPanelStep + column % panel;
      int width = loops.width(columns - column, packed);
      if (width > columns - column) {
        edge(row, end, columns - column, width, bAt, column);
      } else {
        tiles(row, end, width, bAt, column);
      }
      column += width;
    }
  }

  private void tiles(int row, int end, int width, int bAt, int column) {
    for (int tile = row; tile < end; tile += TileLoops.ROWS) {
      loops.tile(this, tile, Math.min(TileLoops.ROWS, end - tile), width, bAt, column);
    }
  }

  /** The last columns, fewer than a tile has: whole tiles of a copy. */
  private void edge(int row, int end, int columns, int width, int bAt, int column) {
    Workspace work = Workspace.mine();
    Product whole = new Product(loops);
    whole.a = a;
    whole.aOffset = aOffset;
    whole.aRows = aRows;
    whole.outer = outer;
    whole.outerStep = outerStep;
    whole.inner = inner;
    whole.packed = packed;
    whole.b = b;
    whole.bStep = bStep;
    whole.c = work.floats(Slot.EDGE, end * width);
    whole.cRows = work.steps(Slot.EDGE, end, width);
    whole.accumulate = true;
    whole.relu = relu;
    for (int i = row; i < end; i++) {
      float[] from = accumulate ? c : start;
      int at = accumulate ? cOffset + cRows[i] + column : startOffset + column;
      for (int j = 0; j < width; j++) {
        whole.c[i * width + j] = from == null || j >= columns ? 0f : from[at + j];
      }
    }
    whole.tiles(row, end, width, bAt, 0);
    for (int i = row; i < end; i++) {
      System.arraycopy(whole.c, i * width, c, cOffset + cRows[i] + column, columns);
    }
  }
}
