package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Shape;

/**
 * A reordering of axes as a copy of rows.
 *
 * <p>Axes that stay neighbours are merged first. Then either the innermost axis stays innermost,
 * and whole rows are copied; or it moves, and tiles of the two innermost axes (the source's and the
 * result's) are transposed, so that both sides touch whole cache lines.
 */
final class Permutation {
  private static final int GRAIN = 1 << 14;
  private static final int TILE = 16;

  private final Shape result;

  /** Merged extents of the result, and the source's stride along each. */
  private final int[] dims;

  private final int[] strides;

  private Permutation(Shape result, int[] dims, int[] strides) {
    this.result = result;
    this.dims = dims;
    this.strides = strides;
  }

  /** The permutation of a shape. */
  static Permutation of(Shape x, int[] order) {
    int rank = x.rank();
    boolean[] seen = new boolean[rank];
    for (int axis : order) {
      if (order.length != rank || axis < 0 || axis >= rank || seen[axis]) {
        throw new IllegalArgumentException(
            "permute: %s is no order of the axes of %s".formatted(Arrays.toString(order), x));
      }
      seen[axis] = true;
    }
    int[] target = new int[rank];
    int[] dims = new int[rank + 1];
    int[] strides = new int[rank + 1];
    int used = 0;
    for (int i = 0; i < rank; i++) {
      target[i] = x.dim(order[i]);
      int stride = x.count(order[i] + 1, rank);
      if (target[i] == 1) {
        continue;
      }
      if (used > 0 && strides[used - 1] == stride * target[i]) {
        dims[used - 1] *= target[i];
        strides[used - 1] = stride;
      } else {
        dims[used] = target[i];
        strides[used++] = stride;
      }
    }
    if (used == 0) {
      dims[used] = 1;
      strides[used++] = 1;
    }
    return new Permutation(
        Shape.of(target), Arrays.copyOf(dims, used), Arrays.copyOf(strides, used));
  }

  /** The permuted shape. */
  Shape result() {
    return result;
  }

  /** Copies. */
  void run(Parallel parallel, float[] x, int xAt, float[] out, int outAt) {
    if (result.size() == 0) {
      return;
    }
    int last = dims.length - 1;
    if (strides[last] == 1) {
      copyRows(parallel, x, xAt, out, outAt);
      return;
    }
    int inner = last;
    while (strides[inner] != 1) {
      inner--; // the result's axis that is the source's innermost
    }
    transposeTiles(parallel, x, xAt, out, outAt, inner);
  }

  private void copyRows(Parallel parallel, float[] x, int xAt, float[] out, int outAt) {
    int last = dims.length - 1;
    int n = dims[last];
    parallel.run(
        result.size() / n,
        Math.max(1, GRAIN / n),
        (from, end) -> {
          for (int row = from; row < end; row++) {
            int source = xAt;
            for (int i = last - 1, rest = row; i >= 0; i--) {
              source += rest % dims[i] * strides[i];
              rest /= dims[i];
            }
            System.arraycopy(x, source, out, outAt + row * n, n);
          }
        });
  }

  private void transposeTiles(
      Parallel parallel, float[] x, int xAt, float[] out, int outAt, int inner) {
    int last = dims.length - 1;
    int rows = dims[inner];
    int columns = dims[last];
    int columnStride = strides[last];
    int rowStride = 1;
    for (int i = inner + 1; i <= last; i++) {
      rowStride *= dims[i];
    }
    int outRow = rowStride;
    int planes = result.size() / (rows * columns);
    int strips = (rows + TILE - 1) / TILE;
    parallel.run(
        planes * strips,
        Math.max(1, GRAIN / (TILE * columns)),
        (from, end) -> {
          for (int item = from; item < end; item++) {
            int source = xAt;
            int target = outAt;
            int outStride = columns;
            for (int i = last - 1, rest = item / strips; i >= 0; i--) {
              if (i != inner) {
                source += rest % dims[i] * strides[i];
                target += rest % dims[i] * outStride;
                rest /= dims[i];
              }
              outStride *= dims[i];
            }
            int firstRow = item % strips * TILE;
            int endRow = Math.min(rows, firstRow + TILE);
            for (int c0 = 0; c0 < columns; c0 += TILE) {
              int endColumn = Math.min(columns, c0 + TILE);
              for (int r = firstRow; r < endRow; r++) {
                int to = target + r * outRow;
                int s = source + r;
                for (int c = c0; c < endColumn; c++) {
                  out[to + c] = x[s + c * columnStride];
                }
              }
            }
          }
        });
  }
}
