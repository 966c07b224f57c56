package org.stabledino.tensor.cpu;

import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * A matrix product whose left factor need not be a matrix in memory: {@code c[i, j] = start[j] +
 * sum over (o, p) of a[aRows[i] + o * outerStep + p * step] * b[(o * inner + p) * bStep + j]}.
 *
 * <p>Rows that start anywhere make the windows of a feature map rows of a matrix without copying
 * them; {@code outer} walks the lines of a window. The step is 1; a transposed factor, whose
 * neighbours of a sum would lie far apart, is packed by {@link TileLoops#packRows}, with a step of
 * {@link TileLoops#ROWS} and one line. The fields describe one product; a task sets them and calls
 * {@link #run}. The columns of b lie in panels of {@link TileLoops#panel}, {@code bPanelStep}
 * apart.
 */
final class Product {
  float[] a;
  int aOffset;

  /** Where the rows of a start, after {@code aOffset}. */
  int[] aRows;

  int outer = 1;
  int outerStep;
  int inner;

  /** Whether tiles of a's rows are packed: then a sum's neighbours are a tile's rows apart. */
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
    int panel = loops.panel();
    for (int column = 0; column < columns; ) {
      int bAt = bOffset + column / panel * bPanelStep + column % panel;
      int width = loops.width(columns - column, packed);
      if (width > columns - column) {
        edge(rows, columns - column, width, bAt, column);
      } else {
        tiles(rows, width, bAt, column);
      }
      column += width;
    }
  }

  private void tiles(int rows, int width, int bAt, int column) {
    for (int row = 0; row < rows; row += TileLoops.ROWS) {
      loops.tile(this, row, Math.min(TileLoops.ROWS, rows - row), width, bAt, column);
    }
  }

  /** The last columns, fewer than a tile has: whole tiles of a copy. */
  private void edge(int rows, int columns, int width, int bAt, int column) {
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
    whole.c = work.floats(Slot.EDGE, rows * width);
    whole.cRows = work.steps(Slot.EDGE, rows, width);
    whole.accumulate = true;
    whole.relu = relu;
    for (int row = 0; row < rows; row++) {
      float[] from = accumulate ? c : start;
      int at = accumulate ? cOffset + cRows[row] + column : startOffset + column;
      for (int j = 0; j < width; j++) {
        whole.c[row * width + j] = from == null || j >= columns ? 0f : from[at + j];
      }
    }
    whole.tiles(rows, width, bAt, 0);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(whole.c, row * width, c, cOffset + cRows[row] + column, columns);
    }
  }
}
