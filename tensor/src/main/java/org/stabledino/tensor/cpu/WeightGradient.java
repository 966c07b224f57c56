package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * The gradient of a convolution by its weight: for each tap and input channel (a row) and output
 * channel (a column) the sum over all positions of input times output gradient.
 *
 * <p>Blocks of lines are shared out to a fixed number of partial sums, which are added in order at
 * the end; where a partial sum is large there are few of them, and rows are shared out as well.
 */
final class WeightGradient {
  /** Positions of a block. */
  private static final int BLOCK_POSITIONS = 288;

  /** Floats of a block's input lines: the L3 cache should hold those of all threads. */
  private static final int BLOCK_FLOATS = 1 << 19;

  /** The most partial sums. */
  private static final int MOST_PARTIALS = 16;

  /** Floats of all partial sums together, unless one alone is larger. */
  private static final int PARTIAL_FLOATS = 1 << 20;

  /** Positions that a partial sum has where it can. */
  private static final int PARTIAL_POSITIONS = 256;

  /** Tasks that a call is cut into where it can. */
  private static final int LEAST_TASKS = 16;

  /** Rows that are packed together and used while they are in the L2 cache. */
  private static final int PACKED_ROWS = 8 * TileLoops.ROWS;

  /** Positions that are packed for all these rows while their lines are in the nearest cache. */
  private static final int PACKED_POSITIONS = 2 * TileLoops.GROUP;

  /** Outputs whose gradients are stored together. */
  private static final int STREAMS = 16;

  /** Gradients of an output that are stored together, unless one channel has more. */
  private static final int STRETCH = 288;

  private final RowLoops rowLoops;
  private final TileLoops tileLoops;
  private final Parallel pool;

  WeightGradient(RowLoops rowLoops, TileLoops tileLoops, Parallel pool) {
    this.rowLoops = rowLoops;
    this.tileLoops = tileLoops;
    this.pool = pool;
  }

  void run(Tensor gradOut, Tensor x, Window window, Tensor gradWeight) {
    int kernel = window.kernel();
    int channels = x.dim(3);
    int outputs = gradOut.dim(3);
    int size = kernel * kernel * channels;
    if (size == 0 || outputs == 0 || gradOut.size() == 0) {
      Arrays.fill(
          gradWeight.floats(), gradWeight.offset(), gradWeight.offset() + gradWeight.size(), 0f);
      return;
    }
    int width = tileLoops.width(1, true);
    int padded = (outputs + width - 1) / width * width;
    int rows = gradOut.dim(1);
    int columns = gradOut.dim(2);
    int reach = (columns - 1) * window.stride() + kernel;
    int lines = Math.max(1, BLOCK_POSITIONS / columns);
    while (lines > 1 && lines * window.stride() * reach * channels > BLOCK_FLOATS) {
      lines--;
    }
    int perImage = (rows + lines - 1) / lines;
    int blockRows = (rows + perImage - 1) / perImage;
    int blocks = gradOut.dim(0) * perImage;
    int most = Math.clamp(PARTIAL_FLOATS / (size * padded), 1, MOST_PARTIALS);
    int least = PARTIAL_POSITIONS / (blockRows * columns);
    int perPartial = Math.clamp(least, (blocks + most - 1) / most, blocks);
    int partials = (blocks + perPartial - 1) / perPartial;
    int parts = Math.clamp((LEAST_TASKS + partials - 1) / partials, 1, size);
    int partRows = TileLoops.roundUp((size + parts - 1) / parts);
    int usedParts = (size + partRows - 1) / partRows;
    try (Scope _ = Scope.open()) {
      float[] sums = Tensor.empty(partials, size, padded).floats();
      pool.run(
          partials * usedParts,
          1,
          (from, to) -> {
            for (int task = from; task < to; task++) {
              int partial = task / usedParts;
              int first = task % usedParts * partRows;
              Part part =
                  new Part(
                      gradOut, x, window, first, Math.min(partRows, size - first), padded, reach);
              for (int i = partial * perPartial;
                  i < Math.min(blocks, (partial + 1) * perPartial);
                  i++) {
                int row = i % perImage * blockRows;
                part.add(
                    i / perImage,
                    row,
                    Math.min(blockRows, rows - row),
                    sums,
                    (partial * size + first) * padded,
                    i > partial * perPartial);
              }
            }
          });
      store(sums, partials, size, padded, gradWeight);
    }
  }

  /** Adds the partial sums and brings [ky, kx, Cin, Cout] into the order of the weight. */
  private void store(float[] sums, int partials, int size, int padded, Tensor gradWeight) {
    int channels = gradWeight.dim(1);
    int taps = gradWeight.dim(2) * gradWeight.dim(3);
    int most = Math.max(1, STRETCH / taps);
    int least = Math.max(1, (1 << 13) / (partials * padded * taps));
    pool.run(
        channels,
        Math.max(least, Math.min(most, channels / LEAST_TASKS)),
        (from, end) -> {
          for (int tap = 0; tap < taps; tap++) {
            int row = (tap * channels + from) * padded;
            for (int partial = 1; partial < partials; partial++) {
              int other = partial * size * padded + row;
              rowLoops.add(sums, other, sums, row, (end - from) * padded);
            }
          }
          for (int channel = from; channel < end; channel += most) {
            storeChannels(sums, channel, Math.min(most, end - channel), padded, gradWeight);
          }
        });
  }

  /**
   * Stores what belongs to some channels, by way of a copy in the nearest cache: in memory outputs
   * lie so far apart, and so evenly, that their lines would drive each other out of it.
   */
  private static void storeChannels(
      float[] sums, int channel, int count, int padded, Tensor gradWeight) {
    int outputs = gradWeight.dim(0);
    int channels = gradWeight.dim(1);
    int taps = gradWeight.dim(2) * gradWeight.dim(3);
    int stretch = count * taps;
    int step = stretch + 1;
    float[] copy = Workspace.mine().floats(Slot.STRETCHES, STREAMS * step);
    for (int output = 0; output < outputs; output += STREAMS) {
      int some = Math.min(STREAMS, outputs - output);
      for (int i = 0; i < stretch; i++) {
        int row = (i % taps * channels + channel + i / taps) * padded + output;
        for (int j = 0; j < some; j++) {
          copy[j * step + i] = sums[row + j];
        }
      }
      for (int j = 0; j < some; j++) {
        int to = gradWeight.offset() + ((output + j) * channels + channel) * taps;
        System.arraycopy(copy, j * step, gradWeight.floats(), to, stretch);
      }
    }
  }

  /** Some rows of the gradient, while it walks over blocks of lines. */
  private final class Part {
    private final Tensor gradOut;
    private final Tensor x;
    private final Window window;
    private final int first;
    private final int rows;
    private final MapBlock block;
    private final Product product = new Product(tileLoops);

    Part(Tensor gradOut, Tensor x, Window window, int first, int rows, int padded, int reach) {
      this.gradOut = gradOut;
      this.x = x;
      this.window = window;
      this.first = first;
      this.rows = rows;
      int channels = x.dim(3);
      int kernel = window.kernel();
      block =
          new MapBlock(
              x.floats(),
              x.dim(1),
              x.dim(2),
              channels,
              window.padding(),
              window.padding(),
              (gradOut.dim(1) - 1) * window.stride() + kernel,
              reach);
      product.cRows = Workspace.mine().steps(Slot.PARTIAL_ROWS, PACKED_ROWS, padded);
      product.packed = true;
    }

    /**
     * Packs rows for some lines of positions, each row the values that one channel of a tap has,
     * and zeros up to whole groups.
     */
    private void pack(int from, int count, int lines) {
      Workspace work = Workspace.mine();
      int columns = gradOut.dim(2);
      int step = product.inner * TileLoops.ROWS;
      float[] packed = work.floats(Slot.GRADIENT_ROWS, PACKED_ROWS / TileLoops.ROWS * step);
      int across = window.stride() * x.dim(3);
      for (int line = 0; line < lines; line++) {
        int start = block.offset() + line * window.stride() * block.line();
        for (int column = 0; column < columns; ) {
          int first = line * columns + column;
          int some = Math.min(PACKED_POSITIONS - first % TileLoops.GROUP, columns - column);
          for (int tile = 0; tile * TileLoops.ROWS < count; tile++) {
            int row = from + tile * TileLoops.ROWS;
            int used = Math.min(TileLoops.ROWS, count - tile * TileLoops.ROWS);
            pack(row, used, start + column * across, some, packed, tile * step, first);
          }
          column += some;
        }
      }
      for (int tile = 0; tile * TileLoops.ROWS < count; tile++) {
        for (int p = lines * columns; p < product.inner; p++) {
          for (int i = 0; i < TileLoops.ROWS; i++) {
            packed[tile * step + TileLoops.packedAt(i, p)] = 0f;
          }
        }
      }
      product.a = packed;
      product.aRows = work.packedRows(Slot.TAPS, count, count, step);
    }

    /** Packs a tile of rows for some positions of a line; the first one's window starts there. */
    private void pack(int row, int used, int start, int count, float[] packed, int to, int first) {
      int across = window.stride() * x.dim(3);
      int run = window.kernel() * x.dim(3);
      for (int i = 0; i < used; ) { // the window's line may end within the tile
        int place = (row + i) % run;
        int some = Math.min(used - i, run - place);
        int at = start + (row + i) / run * block.line() + place;
        int copy = to + i * TileLoops.GROUP;
        tileLoops.packColumns(block.array(), at, across, some, count, packed, copy, first);
        i += some;
      }
    }

    /** Adds lines {@code first} to {@code first + count} of an image's gradient. */
    void add(int image, int first, int count, float[] sums, int at, boolean accumulate) {
      int stride = window.stride();
      block.load(
          x.offset() + image * x.dim(1) * x.dim(2) * x.dim(3),
          first * stride,
          (count - 1) * stride + window.kernel());
      int outputs = gradOut.dim(3);
      int positions = count * gradOut.dim(2);
      product.inner = TileLoops.wholeGroups(positions);
      int from = gradOut.offset() + (image * gradOut.dim(1) + first) * gradOut.dim(2) * outputs;
      int panel = tileLoops.panel();
      int width = tileLoops.width(1, true);
      product.b = packed(from, positions, outputs);
      product.bStep = panel;
      product.bPanelStep = product.inner * panel;
      product.c = sums;
      product.accumulate = accumulate;
      int padded = (outputs + width - 1) / width * width;
      for (int row = 0; row < rows; row += PACKED_ROWS) {
        int some = Math.min(PACKED_ROWS, rows - row);
        pack(this.first + row, some, count);
        product.cOffset = at + row * padded;
        product.run(some, padded);
      }
    }

    /** The output's gradient as panels; zeros behind the last output and position. */
    private float[] packed(int from, int positions, int outputs) {
      int panel = tileLoops.panel();
      int panels = (outputs + panel - 1) / panel;
      int step = product.inner * panel;
      float[] packed = Workspace.mine().floats(Slot.GRADIENT_PANELS, panels * step);
      tileLoops.packPanels(gradOut.floats(), from, outputs, positions, outputs, packed, 0, step);
      for (int i = 0; i < panels; i++) {
        Arrays.fill(packed, i * step + positions * panel, (i + 1) * step, 0f);
      }
      int used = outputs % panel;
      for (int i = 0; used > 0 && i < positions; i++) {
        int to = (panels - 1) * step + i * panel;
        Arrays.fill(packed, to + used, to + panel, 0f);
      }
      return packed;
    }
  }
}
