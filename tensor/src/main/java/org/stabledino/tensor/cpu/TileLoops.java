package org.stabledino.tensor.cpu;

/** The innermost loops of a {@link Product}: a tile of c stays in registers for a whole sum. */
interface TileLoops {
  /** The rows of a full tile. */
  int ROWS = 6;

  /** Columns of a narrow tile. */
  int lanes();

  /** Columns of a wide tile, twice {@link #lanes}. */
  int panel();

  /**
   * A tile of {@link #panel} columns.
   *
   * @param product the factors
   * @param row the first row of the tile
   * @param rows 1 to {@link #ROWS}
   * @param bAt the first element of b
   * @param cAt the tile's first column in c
   */
  void wide(Product product, int row, int rows, int bAt, int cAt);

  /** A tile of {@link #lanes} columns; see {@link #wide}. */
  void narrow(Product product, int row, int rows, int bAt, int cAt);

  /** All rows of the last {@code columns}, fewer than {@link #lanes}. */
  void edge(Product product, int rows, int columns, int bAt, int cAt);
}
