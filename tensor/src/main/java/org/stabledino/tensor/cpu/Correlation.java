package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Scope;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * The correlation of NHWC maps with a filter, as a matrix product whose rows are windows read in
 * place: a line of a window, taps times channels, is contiguous.
 *
 * <p>Convolution is one, and its gradient by the input is one for each phase of the stride. Where
 * {@link Winograd}'s form is faster, it takes over.
 *
 * @param source the maps [N, height, width, channels of the filter] from {@code sourceAt}
 * @param rows lines of the result
 * @param columns positions of a line of the result
 * @param stride step of the windows
 * @param tapRows height of a window
 * @param tapColumns width of a window
 * @param top lines of zeros above the map; may be negative
 * @param left zeros to the left of the map; may be negative
 * @param filter the weights, with a tap for each place of a window, line by line
 * @param bias what the sums start from, one an output; null for zeros
 * @param relu whether negative results become 0
 * @param result where the sums go: an image's first element at {@code resultAt + image *
 *     resultImage}, then {@code resultRow} and {@code resultColumn} from neighbour to neighbour
 */
record Correlation(
    float[] source,
    int sourceAt,
    int images,
    int height,
    int width,
    int rows,
    int columns,
    int stride,
    int tapRows,
    int tapColumns,
    int top,
    int left,
    Filter filter,
    float[] bias,
    int biasAt,
    boolean relu,
    float[] result,
    int resultAt,
    int resultImage,
    int resultRow,
    int resultColumn) {

  /** Positions of a block, so that a panel of weights is used often before the next one comes. */
  private static final int BLOCK_POSITIONS = 288;

  /** Floats of a block's source lines, which should stay in the L2 cache. */
  private static final int BLOCK_FLOATS = 1 << 15;

  /** Panels for which a task's rows are packed at least. */
  private static final int PACKING_PANELS = 4;

  /** Tasks that a thread has where there are enough. */
  private static final int TASKS = 4;

  /** What packing an element of a window costs, in weights that are read. */
  private static final int PACKING = 2;

  /** Computes the result. */
  void run(TileLoops loops, WinogradLoops winogradLoops, Parallel pool) {
    try (Scope _ = Scope.open()) {
      if (Winograd.pays(this)) {
        new Winograd(this, loops, winogradLoops, pool).run();
      } else {
        direct(loops, pool);
      }
    }
  }

  private void direct(TileLoops loops, Parallel pool) {
    int gap = gap(loops);
    float[] weights = filter.panels(loops, pool, tapColumns, gap);
    int channels = filter.channels();
    int outputs = filter.outputs();
    int reachRows = (rows - 1) * stride + tapRows;
    int reachColumns = (columns - 1) * stride + tapColumns;
    int lines = Math.clamp((BLOCK_POSITIONS + columns - 1) / columns, 1, rows);
    // Packed, a block's source lines need not stay in the cache.
    while (lines > 1
        && !loops.packs(outputs)
        && ((lines - 1) * stride + tapRows) * reachColumns * channels > BLOCK_FLOATS) {
      lines--;
    }
    int panel = loops.panel();
    int panels = (outputs + panel - 1) / panel;
    int least = loops.packs(outputs) ? Math.min(panels, PACKING_PANELS) : 1;
    int cut = parts(images * ((rows + lines - 1) / lines), panels / least, pool.threads());
    int perTask = (panels + cut - 1) / cut;
    int parts = (panels + perTask - 1) / perTask;
    int wanted = TASKS * pool.threads();
    int blockRows = Math.clamp((long) images * rows * parts / wanted, Math.min(2, lines), lines);
    int perImage = (rows + blockRows - 1) / blockRows;
    pool.run(
        images * perImage * parts,
        1,
        (from, to) -> {
          MapBlock block =
              new MapBlock(source, height, width, channels, top, left, reachRows, reachColumns);
          for (int task = from; task < to; task++) {
            int image = task / parts / perImage;
            int first = task / parts % perImage * blockRows;
            int output = task % parts * perTask * panel;
            int count = Math.min(blockRows, rows - first);
            block.load(
                sourceAt + image * height * width * channels,
                first * stride,
                (count - 1) * stride + tapRows);
            product(block, loops, weights, gap, image, first, count, output)
                .run(count * columns, Math.min(outputs - output, perTask * panel));
          }
        });
  }

  /**
   * Zeros behind each line of a window, where few of them let all lines be packed in whole groups:
   * the 7 x 3 values of a line of the stem's window become 24.
   */
  private int gap(TileLoops loops) {
    int line = tapColumns * filter.channels();
    int gap = (TileLoops.GROUP - line % TileLoops.GROUP) % TileLoops.GROUP;
    return loops.packs(filter.outputs()) && 4 * gap <= line ? gap : 0;
  }

  /**
   * In how many parts the outputs are cut. Small maps have few blocks for all threads: then either
   * the outputs are shared out as well, and each part packs the windows again, or thinner blocks,
   * and each reads the weights again. What costs less is taken.
   */
  private int parts(int blocks, int most, int threads) {
    int parts = 1;
    long least = Long.MAX_VALUE;
    for (int p = 1; p <= most; p++) {
      long perPart = Math.max(blocks, (TASKS * threads + p - 1) / p);
      long cost = perPart * filter.outputs() + (long) PACKING * p * images * rows * columns;
      if (cost < least) {
        least = cost;
        parts = p;
      }
    }
    return parts;
  }

  private Product product(
      MapBlock block,
      TileLoops loops,
      float[] weights,
      int gap,
      int image,
      int first,
      int count,
      int output) {
    int channels = filter.channels();
    int positions = count * columns;
    Workspace work = Workspace.mine();
    int[] aRows = work.ints(Slot.WINDOWS, positions);
    int[] cRows = work.ints(Slot.POSITIONS, positions);
    for (int row = 0, i = 0; row < count; row++) {
      for (int column = 0; column < columns; column++, i++) {
        aRows[i] = row * stride * block.line() + column * stride * channels;
        cRows[i] = row * resultRow + column * resultColumn;
      }
    }
    Product product = new Product(loops);
    product.a = block.array();
    product.aOffset = block.offset();
    product.aRows = aRows;
    product.outer = tapRows;
    product.outerStep = block.line();
    product.inner = tapColumns * channels;
    product.gap = gap;
    product.b = weights;
    product.bOffset = tapRows * (product.inner + gap) * output;
    product.bStep = loops.panel();
    product.bPanelStep = tapRows * (product.inner + gap) * loops.panel();
    product.start = bias;
    product.startOffset = biasAt + output;
    product.relu = relu;
    product.c = result;
    product.cOffset = resultAt + image * resultImage + first * resultRow + output;
    product.cRows = cRows;
    return product;
  }
}
