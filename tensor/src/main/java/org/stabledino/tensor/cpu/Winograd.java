package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * A correlation with 3 x 3 taps and stride 1 by Winograd's minimal filtering F(4x4, 3x3): a tile of
 * 4 x 4 results takes 36 multiplications for each pair of channels instead of 144 (Lavin and Gray,
 * "Fast Algorithms for Convolutional Neural Networks", CVPR 2016).
 *
 * <p>A line of four results y of a line of six values d and three weights g are the coefficients of
 * a product of polynomials, read backwards. Polynomials of degree five are known from their values
 * at six points; at a point a product of polynomials is one of numbers. With the points 0, a, -a,
 * b, -b and infinity this becomes, for tiles and windows,
 *
 * <pre>  Y = A^T [(G g G^T) * (B^T d B)] A,      * element by element
 *
 *        | 1  1   1   1   1   0 |          | a²b²  0     -a²-b²  0      1  0 |
 *  A^T = | 0  a  -a   b  -b   0 |          | 0    -ab²   -b²     a      1  0 |
 *        | 0  a²  a²  b²  b²  0 |    B^T = | 0     ab²   -b²    -a      1  0 |
 *        | 0  a³ -a³  b³ -b³  1 |          | 0    -a²b   -a²     b      1  0 |
 *                                          | 0     a²b   -a²    -b      1  0 |
 *                                          | 0     a²b²   0     -a²-b²  0  1 |
 *
 *  a row of G for point p: (1, p, p²) / product of (p - q) over the other finite points q;
 *  for infinity: (0, 0, 1)</pre>
 *
 * <p>The sums over channels commute with the transforms, so element s of all tiles and all weights
 * makes one matrix product [tiles, Cin] [Cin, Cout]: 36 of them, by the micro-kernel of all
 * products, for which inputs are packed as they are transformed. Tiles come in chunks, so that the
 * next pass finds in the caches what the last one wrote: with few channels each thread takes chunks
 * of its own through all passes, with more all threads share larger ones. Where a small map has
 * many channels, the weights are what is large, and the outputs come in groups.
 *
 * <p>Weights are transformed in every call, so that no cache of theirs can be stale. The transforms
 * subtract large numbers, but with well chosen points errors stay below 1e-5 of the largest result.
 * {@code -Dstabledino.winograd=off} computes everything directly.
 */
final class Winograd {
  /** The square of a, of the points ±a. */
  static final float A2 = 0.5f;

  /** The square of b, of the points ±b. */
  static final float B2 = 2f;

  /**
   * The points ±a and ±b, one the other's inverse. Large and small entries of the matrices balance,
   * and errors are smaller than with the paper's 1 and 2.
   */
  static final float A = (float) Math.sqrt(A2);

  /** See {@link #A}. */
  static final float B = (float) Math.sqrt(B2);

  /** Results of a tile's line. */
  static final int RESULTS = 4;

  /** Values of a window's line. */
  static final int VALUES = RESULTS + 2;

  /** Multiplications of a tile. */
  static final int PRODUCTS = VALUES * VALUES;

  private static final boolean ON = !"off".equals(System.getProperty("stabledino.winograd"));

  /** Channels that are transformed in one task. */
  private static final int TASK_CHANNELS = 1 << 10;

  /** Multiply-adds that are worth a task of their own. */
  private static final int TASK = 1 << 18;

  /** Multiply-adds from which on one of the 36 products is cut in parts. */
  private static final int PART = 1 << 22;

  /** Transformed inputs and products of a chunk that all threads share, in floats. */
  private static final int CHUNK = 1 << 20;

  /** Those of a chunk that one thread takes through all passes: its L2 cache holds them. */
  private static final int OWN_CHUNK = 1 << 17;

  /** Up to so many transformed weights, reading them again for each such chunk pays. */
  private static final int FEW_WEIGHTS = 1 << 20;

  /** The same where all tiles are one chunk, and weights come in groups. */
  private static final int WHOLE = 1 << 21;

  /** Transformed weights of a group. */
  private static final int GROUP = 1 << 19;

  /** What transforming one channel of a tile or of the weights costs, in multiplications. */
  private static final long TRANSFORM = 300;

  /** The most transformed weights, 64 MiB. */
  private static final long MOST_WEIGHTS = 1 << 24;

  /** Keeps slices, whose sizes are often powers of two, from the same places of the caches. */
  private static final int SKEW = 16;

  private final Correlation c;
  private final TileLoops tileLoops;
  private final WinogradLoops loops;
  private final Parallel pool;
  private final int tileRows;
  private final int tileColumns;
  private final int tiles;

  /** Channels and outputs, filled up to whole vectors. */
  private final int channels;

  private final int outputs;

  /** Columns of a panel of weights, and the panels of a group. */
  private final int panel;

  private final int group;

  /** Tiles of a chunk. */
  private final int chunk;

  /** Whether a thread takes a chunk through all passes, so that it stays in its own cache. */
  private final boolean chunkPerThread;

  /** Whether inputs are packed, as {@link TileLoops#packedAt} says. */
  private final boolean packed;

  /** From one of the products to the next, among weights, inputs and results. */
  private final int weightSlice;

  private final int inputSlice;
  private final int resultSlice;

  /** The form of one correlation. */
  Winograd(Correlation correlation, TileLoops tileLoops, WinogradLoops loops, Parallel pool) {
    this.c = correlation;
    this.tileLoops = tileLoops;
    this.loops = loops;
    this.pool = pool;
    tileRows = tiles(c.rows());
    tileColumns = tiles(c.columns());
    tiles = c.images() * tileRows * tileColumns;
    int lanes = tileLoops.width(1, true);
    channels = roundUp(c.filter().channels(), lanes);
    outputs = roundUp(c.filter().outputs(), lanes);
    panel = tileLoops.panel();
    packed = tileLoops.packs(outputs);
    int panels = (outputs + panel - 1) / panel;
    int weights = c.filter().channels() * panel;
    int ownTiles = Math.max(1, OWN_CHUNK / (PRODUCTS * (channels + outputs)));
    chunkPerThread =
        PRODUCTS * weights * panels <= FEW_WEIGHTS && tiles > (pool.threads() - 1) * ownTiles;
    int some = Math.clamp(GROUP / (PRODUCTS * weights), 1, panels);
    long floats = (long) PRODUCTS * tiles * (channels + Math.min(outputs, some * panel));
    boolean whole = !chunkPerThread && floats <= WHOLE;
    group = whole ? some : panels;
    int sharedTiles = whole ? tiles : Math.max(1, CHUNK / (PRODUCTS * (channels + outputs)));
    int most = chunkPerThread ? ownTiles : sharedTiles;
    int chunks = (tiles + most - 1) / most;
    chunk = roundUp((tiles + chunks - 1) / chunks, TileLoops.ROWS);
    weightSlice = group * weights + SKEW;
    inputSlice = chunk * channels + SKEW;
    resultSlice = chunk * Math.min(outputs, group * panel) + SKEW;
  }

  /**
   * Whether this correlation is of the form's kind, and faster by it than directly. One image
   * decides, so that its results are the same bits whatever else is in the batch.
   */
  static boolean pays(Correlation c) {
    long inputs = c.filter().channels();
    long outputs = c.filter().outputs();
    long tiles = (long) tiles(c.rows()) * tiles(c.columns());
    long positions = (long) c.rows() * c.columns();
    long transforms = tiles * (inputs + outputs) + inputs * outputs;
    return ON
        && c.stride() == 1
        && c.tapRows() == 3
        && c.tapColumns() == 3
        && PRODUCTS * inputs * outputs <= MOST_WEIGHTS
        && tiles * PRODUCTS * inputs * outputs + TRANSFORM * transforms
            < positions * 9 * inputs * outputs;
  }

  private static int tiles(int positions) {
    return (positions + RESULTS - 1) / RESULTS;
  }

  private static int roundUp(int n, int step) {
    return (n + step - 1) / step * step;
  }

  /** Computes all results; the current scope owns what that needs. */
  void run() {
    float[] bias = new float[outputs];
    if (c.bias() != null) {
      System.arraycopy(c.bias(), c.biasAt(), bias, 0, c.filter().outputs());
    }
    float[] weights = Tensor.empty(PRODUCTS * weightSlice).floats();
    int chunks = (tiles + chunk - 1) / chunk;
    for (int output = 0; output < outputs; output += group * panel) {
      int start = output;
      transformWeights(
          start, (Math.min(outputs - start, group * panel) + panel - 1) / panel, weights);
      Parallel.Task passes =
          (from, to) -> {
            for (int i = from; i < to; i++) {
              pass(i * chunk, start, weights, bias);
            }
          };
      if (chunkPerThread) {
        pool.run(chunks, 1, passes);
      } else {
        passes.run(0, chunks);
      }
    }
  }

  /** The three passes over a chunk, by all threads or, within a task, by this one. */
  private void pass(int first, int output, float[] weights, float[] bias) {
    int count = Math.min(chunk, tiles - first);
    int width = Math.min(outputs - output, group * panel);
    Workspace buffers = Workspace.mine();
    float[] inputs = buffers.floats(Slot.INPUTS, PRODUCTS * inputSlice);
    float[] results = buffers.floats(Slot.PRODUCTS, PRODUCTS * resultSlice);
    // Where there are several groups, there is one chunk, whose inputs stay in their slot.
    if (output == 0) {
      transformInputs(first, count, inputs);
    }
    multiply(count, width, inputs, weights, results);
    transformResults(first, count, output, width, results, bias);
  }

  /**
   * A group's weights: for each of the 36 products panels of [channels, panel]. A block of them is
   * transformed in a cache and copied from there, so that each of the 36 places it goes to is
   * written in one stretch.
   */
  private void transformWeights(int output, int panels, float[] weights) {
    int slice = c.filter().blockChannels() * panel;
    c.filter()
        .forBlocks(
            tileLoops,
            pool,
            output,
            panels,
            (first, count, i, taps) -> {
              float[] block = Workspace.mine().floats(Slot.WEIGHTS, PRODUCTS * slice);
              for (int channel = 0; channel < count; channel++) {
                int at = channel * 9 * panel; // nine taps
                loops.filter(taps, at, panel, panel, block, channel * panel, slice);
              }
              int to = (i * c.filter().channels() + first) * panel;
              for (int s = 0; s < PRODUCTS; s++) {
                System.arraycopy(block, s * slice, weights, s * weightSlice + to, count * panel);
              }
            });
  }

  private void transformInputs(int first, int count, float[] inputs) {
    pool.run(
        count,
        Math.max(1, TASK_CHANNELS / channels),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            int row = i % TileLoops.ROWS;
            int at = packed ? (i - row) * channels + TileLoops.packedAt(row, 0) : i * channels;
            readTile(first + i, inputs, at);
          }
        });
  }

  /** The 36 products of a chunk's inputs and a group's weights. */
  private void multiply(int count, int width, float[] inputs, float[] weights, float[] results) {
    int inner = c.filter().channels();
    int panels = (width + panel - 1) / panel;
    long work = (long) count * width * inner;
    int wanted = Math.clamp((work + PART - 1) / PART, 1, panels);
    int perPart = (panels + wanted - 1) / wanted;
    int parts = (panels + perPart - 1) / perPart;
    pool.run(
        PRODUCTS * parts,
        Math.clamp((long) TASK * parts / work, 1, PRODUCTS * parts),
        (from, to) -> {
          Workspace buffers = Workspace.mine();
          Product product = new Product(tileLoops);
          product.a = inputs;
          product.aRows =
              packed
                  ? buffers.packedRows(Slot.LEFT_ROWS, count, count, TileLoops.ROWS * channels)
                  : buffers.steps(Slot.LEFT_ROWS, count, channels);
          product.packed = packed;
          product.inner = inner;
          product.b = weights;
          product.bStep = panel;
          product.bPanelStep = inner * panel;
          product.c = results;
          product.cRows = buffers.steps(Slot.RESULT_ROWS, count, width);
          for (int i = from; i < to; i++) {
            int s = i / parts;
            int column = i % parts * perPart * panel;
            product.aOffset = s * inputSlice;
            product.bOffset = s * weightSlice + column * inner;
            product.cOffset = s * resultSlice + column;
            product.run(count, Math.min(width - column, perPart * panel));
          }
        });
  }

  private void transformResults(
      int first, int count, int output, int width, float[] results, float[] bias) {
    pool.run(
        count,
        Math.max(1, TASK_CHANNELS / width),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            writeTile(first + i, output, width, results, i * width, bias);
          }
        });
  }

  /** Transforms one tile's window; one that leaves the map, or no whole vectors, from a copy. */
  private void readTile(int tile, float[] inputs, int at) {
    int image = tile / tileColumns / tileRows;
    int top = tile / tileColumns % tileRows * RESULTS - c.top();
    int left = tile % tileColumns * RESULTS - c.left();
    int step = c.filter().channels();
    int line = c.width() * step;
    int map = c.sourceAt() + image * c.height() * line;
    if (top >= 0
        && left >= 0
        && top + VALUES <= c.height()
        && left + VALUES <= c.width()
        && step == channels) {
      int from = map + top * line + left * step;
      loops.input(c.source(), from, line, step, channels, packed, inputs, at, inputSlice);
      return;
    }
    float[] window = Workspace.mine().floats(Slot.WINDOW, PRODUCTS * channels);
    Arrays.fill(window, 0, PRODUCTS * channels, 0f);
    for (int y = Math.max(0, -top); y < Math.min(VALUES, c.height() - top); y++) {
      for (int x = Math.max(0, -left); x < Math.min(VALUES, c.width() - left); x++) {
        int from = map + (top + y) * line + (left + x) * step;
        System.arraycopy(c.source(), from, window, (y * VALUES + x) * channels, step);
      }
    }
    loops.input(window, 0, VALUES * channels, channels, channels, packed, inputs, at, inputSlice);
  }

  /** Transforms one tile's products back; a tile that is not whole by way of a copy. */
  private void writeTile(int tile, int output, int width, float[] products, int at, float[] bias) {
    int slice = resultSlice;
    int top = tile / tileColumns % tileRows * RESULTS;
    int left = tile % tileColumns * RESULTS;
    int rows = Math.min(RESULTS, c.rows() - top);
    int columns = Math.min(RESULTS, c.columns() - left);
    int count = Math.min(width, c.filter().outputs() - output);
    int to =
        c.resultAt()
            + tile / tileColumns / tileRows * c.resultImage()
            + top * c.resultRow()
            + left * c.resultColumn()
            + output;
    float least = c.relu() ? 0f : Float.NEGATIVE_INFINITY;
    if (rows == RESULTS && columns == RESULTS && count == width) {
      int line = c.resultRow();
      int step = c.resultColumn();
      loops.output(products, at, slice, bias, output, least, width, c.result(), to, line, step);
      return;
    }
    float[] whole = Workspace.mine().floats(Slot.TILE, RESULTS * RESULTS * width);
    loops.output(products, at, slice, bias, output, least, width, whole, 0, RESULTS * width, width);
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int position = to + y * c.resultRow() + x * c.resultColumn();
        System.arraycopy(whole, (y * RESULTS + x) * width, c.result(), position, count);
      }
    }
  }
}
