package org.stabledino.tensor.cpu;

/**
 * A matrix product whose left factor need not be a matrix in memory: {@code c[i, j] = sum over (o,
 * p) of a[aRows[i] + o * outerStep + p * innerStep] * b[(o * inner + p) * bStep + j]}.
 *
 * <p>Rows that start anywhere make the windows of a feature map rows of a matrix without copying
 * them; two steps walk the lines of a window, or, for a transposed factor, down its columns. The
 * fields describe one product; a task sets them and calls {@link #run}. The columns of b lie in
 * panels of {@link TileLoops#panel}, {@code bPanelStep} apart.
 */
final class Product {
  float[] a;
  int aOffset;

  /** Where the rows of a start, after {@code aOffset}. */
  int[] aRows;

  int outer = 1;
  int outerStep;
  int inner;
  int innerStep = 1;

  float[] b;
  int bOffset;
  int bStep;
  int bPanelStep;

  float[] c;
  int cOffset;

  /** Where the rows of c start, after {@code cOffset}. */
  int[] cRows;

  /** Whether to add to what c holds. */
  boolean accumulate;

  private final TileLoops loops;

  /** An empty description. */
  Product(TileLoops loops) {
    this.loops = loops;
  }

  /**
   * Computes {@code rows} rows and {@code columns} columns of c; the columns of b are readable up
   * to the next multiple of {@link TileLoops#lanes}.
   */
  void run(int rows, int columns) {
    int panel = loops.panel();
    int lanes = loops.lanes();
    for (int column = 0; column < columns; ) {
      int bAt = bOffset + column / panel * bPanelStep;
      int left = columns - column;
      if (left >= panel) {
        for (int row = 0; row < rows; row += TileLoops.ROWS) {
          loops.wide(this, row, Math.min(TileLoops.ROWS, rows - row), bAt, cOffset + column);
        }
        column += panel;
      } else {
        bAt += column % panel;
        int width = Math.min(left, lanes);
        if (width == lanes) {
          for (int row = 0; row < rows; row += TileLoops.ROWS) {
            loops.narrow(this, row, Math.min(TileLoops.ROWS, rows - row), bAt, cOffset + column);
          }
        } else {
          loops.edge(this, rows, width, bAt, cOffset + column);
        }
        column += width;
      }
    }
  }

  /** Fills the first {@code rows} of an array with the multiples of a step. */
  static void steps(int[] array, int rows, int step) {
    for (int i = 0; i < rows; i++) {
      array[i] = i * step;
    }
  }
}
