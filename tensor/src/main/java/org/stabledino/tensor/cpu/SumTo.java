package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * Sums over stretched axes, the transpose of broadcasting.
 *
 * <p>Axes are merged into alternating kept and summed ones. Two layouts cover nearly all calls:
 * rows summed to one number each, and columns summed over many rows; the general one runs over the
 * result's elements. Partial sums of at most 64 floats go into double precision, and their order
 * depends on the shapes alone.
 */
final class SumTo {
  private static final int GRAIN = 1 << 14;

  /** Rows that are summed in float before they join the double sum. */
  private static final int FLOAT_ROWS = 64;

  private final ElementwiseLoops loops;
  private final Parallel parallel;

  /** Sums by these loops, on these threads. */
  SumTo(ElementwiseLoops loops, Parallel parallel) {
    this.loops = loops;
    this.parallel = parallel;
  }

  /** See {@link org.stabledino.tensor.IndexingKernels#sumTo}. */
  void run(Tensor x, Tensor out) {
    Shape from = x.shape();
    Shape to = out.shape();
    check(from, to);
    if (to.size() == 0) {
      return;
    }
    float[] in = x.floats();
    float[] result = out.floats();
    if (from.size() == 0) {
      java.util.Arrays.fill(result, out.offset(), out.offset() + to.size(), 0f);
      return;
    }
    // [summed, kept, summed, kept, ...] from the outside; the first may have extent 1.
    Axes axes = Axes.of(from, to);
    if (axes.rank() == 0) {
      System.arraycopy(in, x.offset(), result, out.offset(), to.size());
    } else if (to.size() == 1) {
      result[out.offset()] = (float) Sums.sum(parallel, in, x.offset(), from.size());
    } else if (axes.rank() == 1) {
      columns(in, x.offset(), axes.summed[0], axes.kept[0], result, out.offset());
    } else if (axes.rank() == 2 && axes.summed[0] == 1) {
      middle(in, x.offset(), axes, result, out.offset());
    } else {
      general(in, x.offset(), axes, result, out.offset());
    }
  }

  private static void check(Shape from, Shape to) {
    boolean fits = to.rank() <= from.rank();
    for (int i = 1; fits && i <= to.rank(); i++) {
      fits = to.dim(-i) == 1 || to.dim(-i) == from.dim(-i);
    }
    if (!fits) {
      throw new ShapeMismatchException(
          "sumTo", "out", "broadcastable to " + from, to.toString(), "");
    }
  }

  /** Alternating extents, outermost first: {@code summed[0], kept[0], summed[1], kept[1], ...}. */
  private record Axes(int[] summed, int[] kept) {
    int rank() {
      return summed.length;
    }

    static Axes of(Shape from, Shape to) {
      int[] summed = new int[from.rank()];
      int[] kept = new int[from.rank()];
      int used = 0;
      boolean summing = false;
      int lead = from.rank() - to.rank();
      boolean any = false;
      for (int i = 0; i < from.rank(); i++) {
        int dim = from.dim(i);
        if (dim == 1) {
          continue;
        }
        boolean sum = i < lead || to.dim(i - lead) == 1;
        any |= sum;
        if (used == 0 || sum && !summing) {
          summed[used] = 1;
          kept[used++] = 1;
        }
        summing = sum;
        if (sum) {
          summed[used - 1] *= dim;
        } else {
          kept[used - 1] *= dim;
        }
      }
      used = any ? used : 0;
      return new Axes(java.util.Arrays.copyOf(summed, used), java.util.Arrays.copyOf(kept, used));
    }
  }

  /** {@code out[c] = sum over r of x[r, c]}. */
  private void columns(float[] x, int xAt, int rows, int n, float[] out, int outAt) {
    int chunkRows =
        Math.max(FLOAT_ROWS, (4 * GRAIN / n + FLOAT_ROWS - 1) / FLOAT_ROWS * FLOAT_ROWS);
    int chunks = (rows + chunkRows - 1) / chunkRows;
    double[][] partial = new double[chunks][];
    parallel.run(
        rows,
        chunkRows,
        (from, end) -> {
          double[] sums = new double[n];
          addColumns(x, xAt + from * n, end - from, n, sums);
          partial[from / chunkRows] = sums;
        });
    for (int c = 0; c < n; c++) {
      double sum = 0;
      for (double[] sums : partial) {
        sum += sums[c];
      }
      out[outAt + c] = (float) sum;
    }
  }

  private void addColumns(float[] x, int at, int rows, int n, double[] sums) {
    float[] floats = new float[n];
    for (int first = 0; first < rows; first += FLOAT_ROWS) {
      int end = Math.min(rows, first + FLOAT_ROWS);
      System.arraycopy(x, at + first * n, floats, 0, n);
      for (int r = first + 1; r < end; r++) {
        loops.axpy(1f, x, at + r * n, floats, 0, n);
      }
      for (int c = 0; c < n; c++) {
        sums[c] += floats[c];
      }
    }
  }

  /** {@code out[i, c] = sum over r of x[i, r, c]}, where the kept inner extent may be 1. */
  private void middle(float[] x, int xAt, Axes axes, float[] out, int outAt) {
    int rows = axes.summed[1];
    int n = axes.kept[1];
    parallel.run(
        axes.kept[0],
        Math.max(1, GRAIN / (rows * n)),
        (from, end) -> {
          double[] sums = new double[n];
          for (int i = from; i < end; i++) {
            int at = xAt + i * rows * n;
            if (n == 1) {
              out[outAt + i] = (float) Sums.sum(x, at, at + rows);
              continue;
            }
            java.util.Arrays.fill(sums, 0);
            addColumns(x, at, rows, n, sums);
            for (int c = 0; c < n; c++) {
              out[outAt + i * n + c] = (float) sums[c];
            }
          }
        });
  }

  /** Any alternation: for each element of the result, a walk over what it sums. */
  private void general(float[] x, int xAt, Axes axes, float[] out, int outAt) {
    int rank = axes.rank();
    int[] keptStride = new int[rank];
    int[] summedStride = new int[rank];
    int stride = 1;
    int kept = 1;
    int summed = 1;
    for (int i = rank - 1; i >= 0; i--) {
      keptStride[i] = stride;
      stride *= axes.kept[i];
      summedStride[i] = stride;
      stride *= axes.summed[i];
      kept *= axes.kept[i];
      summed *= axes.summed[i];
    }
    int terms = summed;
    parallel.run(
        kept,
        Math.max(1, GRAIN / terms),
        (from, end) -> {
          for (int element = from; element < end; element++) {
            int at = xAt + offset(element, axes.kept, keptStride);
            double sum = 0;
            for (int term = 0; term < terms; term++) {
              sum += x[at + offset(term, axes.summed, summedStride)];
            }
            out[outAt + element] = (float) sum;
          }
        });
  }

  private static int offset(int flat, int[] dims, int[] strides) {
    int offset = 0;
    for (int i = dims.length - 1; i >= 0; i--) {
      offset += flat % dims[i] * strides[i];
      flat /= dims[i];
    }
    return offset;
  }
}
