package org.stabledino.tensor.cpu;

/** The micro-kernel of all products: a tile of c stays in registers for a whole sum. */
interface TileLoops {
  /** The rows of a full tile. */
  int ROWS = 6;

  /** Columns of a packed panel of b, and of the widest tile. */
  int panel();

  /**
   * The width of the next tile: the widest that is not wider than {@code left}, or else the
   * narrowest.
   *
   * @param left columns to go, at least 1
   * @param contiguous whether neighbours of a sum are neighbours in a, too
   */
  int width(int left, boolean contiguous);

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
