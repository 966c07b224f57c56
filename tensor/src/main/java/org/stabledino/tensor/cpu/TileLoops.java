package org.stabledino.tensor.cpu;

/** The micro-kernel of all products: a tile of c stays in registers for a whole sum. */
interface TileLoops {
  /** The rows of a full tile. */
  int ROWS = 6;

  /** Elements behind packed rows that may be overwritten. */
  int SLACK = 8;

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
   * Packs lines of memory into panels of {@link #panel} columns, {@code count * panel} floats
   * apart. Columns behind the last are left as they are.
   *
   * @param x where the lines lie, from {@code at}, each {@code step} behind the last
   * @param count lines
   * @param columns of a line
   */
  void packPanels(float[] x, int at, int step, int count, int columns, float[] packed, int to);

  /**
   * Packs {@link #ROWS} rows of a left factor whose columns lie in lines of memory: {@code
   * packed[to + ROWS * p + i] = x[at + p * step + i]}. What follows, up to {@link #SLACK}, is
   * overwritten.
   */
  void packRows(float[] x, int at, int step, int count, float[] packed, int to);

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
