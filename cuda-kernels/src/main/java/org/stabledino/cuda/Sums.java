package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.SUMS;

import java.util.Collection;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Launches of {@code sums.cu}: which kernel, and in how many chunks. The choice depends on shapes
 * alone, so the same sum has the same bits on every GPU.
 */
final class Sums {
  /** Most chunks of one sum: what a grid may have along y. */
  private static final int MOST_CHUNKS = 1 << 15;

  private static final int CHUNK_ROWS = 512;
  private static final int CHUNK_LENGTH = 1 << 14;
  private static final int COLUMNS = 32;
  private static final int ROW_THREADS = 8;

  private final Kernels kernels;
  private final DeviceMemory memory;

  /** Sums on a device. */
  Sums(Kernels kernels, DeviceMemory memory) {
    this.kernels = kernels;
    this.memory = memory;
  }

  /** See {@link org.stabledino.tensor.IndexingKernels#sumTo}; some axis is summed. */
  void sumTo(Tensor x, Tensor out) {
    // Alternating merged axes, innermost first: [kept, summed, kept, summed, ...].
    Walk kept = new Walk();
    Walk summed = new Walk();
    Shape from = x.shape();
    int stride = 1;
    int changes = 0;
    boolean summing = false;
    int inner = 1; // extent of kept axes inside the innermost summed ones
    for (int i = 1; i <= from.rank(); i++) {
      int dim = from.dim(-i);
      if (dim != 1) {
        boolean sum = i > out.rank() || out.dim(-i) == 1;
        changes += sum == summing ? 0 : 1;
        summing = sum;
        (sum ? summed : kept).add(dim, stride);
        inner *= changes == 0 ? dim : 1;
      }
      stride *= dim;
    }
    int terms = from.size() / out.size();
    if (changes <= 2) {
      // [outer, terms, inner]: columns, rows, or both
      int outer = out.size() / inner;
      sum(x, outer, terms, inner, out);
    } else {
      int[] words = new int[2 + 4 * Walk.MAX_AXES];
      int[] keptWords = kept.words(1);
      int[] summedWords = summed.words(1);
      System.arraycopy(keptWords, 0, words, 0, keptWords.length);
      System.arraycopy(summedWords, 0, words, keptWords.length, summedWords.length);
      kernels.launch(SUMS, "sumGeneral", Grid.over(out.size()), x, words, terms, out, out.size());
    }
  }

  /** {@code out[outer, n] = sum over rows of x[outer, rows, n]}. */
  private void sum(Tensor x, int outer, int rows, int n, Tensor out) {
    int chunk = chunk(rows, n == 1 ? CHUNK_LENGTH : CHUNK_ROWS);
    int chunks = Grid.ceil(rows, chunk);
    try (DeviceMemory.Block partial = memory.take(8L * outer * chunks * n)) {
      if (n == 1) {
        rows(x, outer, rows, chunk, false, partial);
      } else {
        Grid grid = new Grid(outer * Grid.ceil(n, COLUMNS), chunks, 1, COLUMNS, ROW_THREADS);
        kernels.launch(SUMS, "sumMiddle", grid, x, rows, n, chunk, partial);
      }
      finish(partial, chunks, n, out);
    }
  }

  private void rows(Tensor x, int rows, int n, int chunk, boolean squared, Object partial) {
    Grid grid = new Grid(rows, Grid.ceil(n, chunk), 1, 256, 1);
    kernels.launch(SUMS, "sumRows", grid, x, n, chunk, squared ? 1 : 0, partial);
  }

  /** {@code out[outer, n] = sum over chunks of partial[outer, chunks, n]}. */
  void finish(DeviceMemory.Block partial, int chunks, int n, Tensor out) {
    kernels.launch(SUMS, "sumPartials", Grid.over(out.size()), partial, chunks, n, out, out.size());
  }

  /** The sum of squares of all, in double precision. */
  void sumOfSquares(Collection<Tensor> tensors, Tensor sum) {
    int chunks = 0;
    for (Tensor tensor : tensors) {
      chunks += squareChunks(tensor);
    }
    try (DeviceMemory.Block partial = memory.take(8L * chunks)) {
      int at = 0;
      for (Tensor tensor : tensors) {
        int own = squareChunks(tensor);
        if (own > 0) {
          int chunk = chunk(tensor.size(), CHUNK_LENGTH);
          rows(tensor, 1, tensor.size(), chunk, true, partial.at(8L * at));
          at += own;
        }
      }
      kernels.launch(SUMS, "sumDoubles", Grid.of(1, 256), partial, chunks, sum);
    }
  }

  private static int squareChunks(Tensor tensor) {
    return Grid.ceil(tensor.size(), chunk(tensor.size(), CHUNK_LENGTH));
  }

  /** How many of so many terms one block takes. */
  static int chunk(int terms, int least) {
    return Math.max(least, Grid.ceil(terms, MOST_CHUNKS));
  }

  /** How many rows one block of a column sum takes. */
  static int chunkRows(int rows) {
    return chunk(rows, CHUNK_ROWS);
  }
}
