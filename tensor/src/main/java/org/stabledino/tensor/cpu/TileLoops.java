package org.stabledino.tensor.cpu;

/** The micro-kernel of all products: a tile of c stays in registers for a whole sum. */
interface TileLoops {
  /** The rows of a full tile. */
  int ROWS = 6;

  /** Neighbours of a row that stay neighbours when a tile's rows are packed. */
  int GROUP = 8;

  /** Where element p of a tile's row i lies among packed rows: [count / GROUP, ROWS, GROUP]. */
  static int packedAt(int i, int p) {
    return (p / GROUP * ROWS + i) * GROUP + p % GROUP;
  }

  /** A length, filled up to whole groups. */
  static int wholeGroups(int count) {
    return (count + GROUP - 1) / GROUP * GROUP;
  }

  /** Floats that a tile of packed rows of this length takes. */
  static int packedStep(int count) {
    return wholeGroups(count) * ROWS;
  }

  /** The rows of all tiles that so many rows take. */
  static int roundUp(int rows) {
    return (rows + ROWS - 1) / ROWS * ROWS;
  }

  /** Columns of a packed panel of b, and of the widest tile. */
  int panel();

  /**
   * The width of the next tile: the widest that is not wider than {@code left}, or else the
   * narrowest.
   *
   * @param left columns to go, at least 1
   * @param packed whether the rows of a are packed
   */
  int width(int left, boolean packed);

  /**
   * Packs lines of memory into panels of {@link #panel} columns. Columns behind the last are left
   * as they are.
   *
   * @param x where the lines lie, from {@code at}, each {@code step} behind the last
   * @param count lines
   * @param columns of a line
   * @param packed where the first line's first panel goes, to {@code to}
   * @param panelStep from one panel to the next
   */
  void packPanels(
      float[] x, int at, int step, int count, int columns, float[] packed, int to, int panelStep);

  /**
   * Whether a product of so many columns, whose right factor lies in panels, is faster if rows that
   * could be read in place are packed.
   */
  boolean packs(int columns);

  /**
   * Packs elements of a tile's rows, as {@link #packedAt} says: {@code packed[to + packedAt(i,
   * first + p)] = x[at + rows[row + min(i, last)] + p]}.
   *
   * @param last the tile's last row, 0 to {@link #ROWS} - 1
   * @param first how many elements of the rows are packed already
   */
  void packRows(
      float[] x,
      int at,
      int[] rows,
      int row,
      int last,
      int count,
      float[] packed,
      int to,
      int first);

  /**
   * Packs elements of a tile's rows that are columns in memory: {@code packed[to + packedAt(i,
   * first + p)] = x[at + p * step + i]}.
   *
   * @param used how many rows there are, 1 to {@link #ROWS}
   */
  void packColumns(
      float[] x, int at, int step, int used, int count, float[] packed, int to, int first);

  /**
   * Lines of memory become columns: {@code to[toAt + c * toStep + r] = x[at + r * step + c]}.
   *
   * @param rows lines of x
   * @param columns of a line
   */
  void transpose(
      float[] x, int at, int step, int rows, int columns, float[] to, int toAt, int toStep);

  /**
   * Computes a tile.
   *
   * @param product the factors, where the result goes and what the sums start from
   * @param row the first row of the tile
   * @param rows 1 to {@link #ROWS}
   * @param width as {@link #width} gave
   * @param bAt the tile's first element of b
   * @param column the tile's first column in c
   */
  void tile(Product product, int row, int rows, int width, int bAt, int column);
}
