package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Tensor;

/**
 * The correlation of NHWC maps with packed weights, as a matrix product whose rows are windows read
 * in place: a line of a window, taps times channels, is contiguous.
 *
 * <p>Convolution is one, and its gradient by the input is one for each phase of the stride.
 *
 * @param source the maps [N, height, width, channels] from {@code sourceAt}
 * @param rows lines of the result
 * @param columns positions of a line of the result
 * @param stride step of the windows
 * @param tapRows height of a window
 * @param tapColumns width of a window
 * @param top lines of zeros above the map; may be negative
 * @param left zeros to the left of the map; may be negative
 * @param weights panels of [tapRows * tapColumns * channels, panel]
 * @param result where the sums go: an image's first element at {@code resultAt + image *
 *     resultImage}, then {@code resultRow} and {@code resultColumn} from neighbour to neighbour
 * @param outputs channels of the result
 */
record Correlation(
    float[] source,
    int sourceAt,
    int images,
    int height,
    int width,
    int channels,
    int rows,
    int columns,
    int stride,
    int tapRows,
    int tapColumns,
    int top,
    int left,
    float[] weights,
    float[] result,
    int resultAt,
    int resultImage,
    int resultRow,
    int resultColumn,
    int outputs) {

  /** Positions of a block, so that a panel of weights is used often before the next one comes. */
  private static final int BLOCK_POSITIONS = 192;

  /** Floats of a block's source lines, which should stay in the L2 cache. */
  private static final int BLOCK_FLOATS = 1 << 15;

  /** Blocks that a call is cut into where it can, so that all threads have some. */
  private static final int LEAST_BLOCKS = 16;

  /** What is done with a finished block of neighbouring lines. */
  interface Epilogue {
    /**
     * Called when the sums of a block are complete.
     *
     * @param at the first element
     * @param positions how many positions follow
     */
    void finish(int at, int positions);
  }

  void run(TileLoops loops, Parallel pool, Epilogue epilogue) {
    int reachRows = (rows - 1) * stride + tapRows;
    int reachColumns = (columns - 1) * stride + tapColumns;
    int lines = Math.max(1, (BLOCK_POSITIONS + columns - 1) / columns);
    while (lines > 1 && ((lines - 1) * stride + tapRows) * reachColumns * channels > BLOCK_FLOATS) {
      lines--;
    }
    int wanted = Math.max(1, (images * rows) / LEAST_BLOCKS);
    int blockRows = Math.min(Math.min(lines, wanted), rows);
    int blocks = (rows + blockRows - 1) / blockRows;
    pool.run(
        images * blocks,
        1,
        (from, to) -> {
          MapBlock block =
              new MapBlock(source, height, width, channels, top, left, reachRows, reachColumns);
          Product product = new Product(loops);
          for (int task = from; task < to; task++) {
            int image = task / blocks;
            int first = task % blocks * blockRows;
            int count = Math.min(blockRows, rows - first);
            block(block, product, loops, image, first, count);
            epilogue.finish(resultAt + image * resultImage + first * resultRow, count * columns);
          }
        });
  }

  private void block(
      MapBlock block, Product product, TileLoops loops, int image, int first, int count) {
    block.load(
        sourceAt + image * height * width * channels,
        first * stride,
        (count - 1) * stride + tapRows);
    int positions = count * columns;
    Workspace work = Workspace.mine();
    int[] aRows = work.ints(5, positions);
    int[] cRows = work.ints(6, positions);
    for (int row = 0, i = 0; row < count; row++) {
      for (int column = 0; column < columns; column++, i++) {
        aRows[i] = row * stride * block.line() + column * stride * channels;
        cRows[i] = row * resultRow + column * resultColumn;
      }
    }
    product.a = block.array();
    product.aOffset = block.offset();
    product.aRows = aRows;
    product.outer = tapRows;
    product.outerStep = block.line();
    product.inner = tapColumns * channels;
    product.b = weights;
    product.bStep = loops.panel();
    product.bPanelStep = tapRows * tapColumns * channels * loops.panel();
    product.c = result;
    product.cOffset = resultAt + image * resultImage + first * resultRow;
    product.cRows = cRows;
    product.run(positions, outputs);
  }

  /** Where a weight of one tap, input and output lies in the caller's array. */
  interface Weight {
    int at(int tapRow, int tapColumn, int channel, int output);
  }

  /** Packs weights into panels, filling the last one with zeros. */
  static float[] pack(
      TileLoops loops,
      float[] weights,
      int tapRows,
      int tapColumns,
      int channels,
      int outputs,
      Weight weight) {
    int panel = loops.panel();
    int panels = (outputs + panel - 1) / panel;
    float[] packed = Tensor.empty(panels, tapRows * tapColumns * channels, panel).floats();
    int to = 0;
    for (int p = 0; p < panels; p++) {
      int count = Math.min(panel, outputs - p * panel);
      for (int row = 0; row < tapRows; row++) {
        for (int column = 0; column < tapColumns; column++) {
          for (int channel = 0; channel < channels; channel++) {
            for (int j = 0; j < panel; j++) {
              packed[to++] =
                  j < count ? weights[weight.at(row, column, channel, p * panel + j)] : 0f;
            }
          }
        }
      }
    }
    return packed;
  }
}
