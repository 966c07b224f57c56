package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Copies that reorder, select or collect; sums and top-k have classes of their own. */
final class CpuIndexing implements IndexingKernels {
  /** A chunk's elements. */
  private static final int GRAIN = 1 << 14;

  private final ElementwiseLoops loops;
  private final Parallel parallel;
  private final SumTo sumTo;

  /** The family by these loops, on these threads. */
  CpuIndexing(CpuProvider provider, Parallel parallel) {
    this.loops = provider.elementwise();
    this.parallel = parallel;
    this.sumTo = new SumTo(loops, parallel);
  }

  @Override
  public void sumTo(Tensor x, Tensor out) {
    sumTo.run(x, out);
  }

  @Override
  public void maxLast(Tensor x, Tensor values, Tensor indices) {
    int n = x.dim(-1);
    int rows = x.shape().count(0, x.rank() - 1);
    checkNotEmpty("maxLast", n);
    checkRows("maxLast", "values", values, rows);
    checkRows("maxLast", "indices", indices, rows);
    parallel.run(
        rows,
        Math.max(1, GRAIN / n),
        (from, end) -> {
          float[] in = x.floats();
          for (int row = from; row < end; row++) {
            int at = x.offset() + row * n;
            int best = 0;
            for (int i = 1; i < n; i++) {
              if (TopK.before(in[at + i], in[at + best])) {
                best = i;
              }
            }
            if (values != null) {
              values.floats()[values.offset() + row] = in[at + best];
            }
            if (indices != null) {
              indices.ints()[indices.offset() + row] = best;
            }
          }
        });
  }

  @Override
  public void topK(Tensor x, int k, Tensor values, Tensor indices) {
    int n = x.dim(1);
    int rows = x.dim(0);
    if (k < 0 || k > n) {
      throw new IllegalArgumentException(
          "topK: k must be 0 to %d, the length of a row of %s, but is %d"
              .formatted(n, x.shape(), k));
    }
    checkRows("topK", "values", values, rows * k);
    checkRows("topK", "indices", indices, rows * k);
    parallel.run(
        rows,
        Math.max(1, GRAIN / Math.max(1, n)),
        (from, end) -> {
          int[] best = new int[k];
          for (int row = from; row < end; row++) {
            int at = x.offset() + row * n;
            TopK.select(x.floats(), at, n, best);
            for (int i = 0; i < k; i++) {
              if (values != null) {
                values.floats()[values.offset() + row * k + i] = x.floats()[at + best[i]];
              }
              if (indices != null) {
                indices.ints()[indices.offset() + row * k + i] = best[i];
              }
            }
          }
        });
  }

  @Override
  public void permute(Tensor x, int[] order, Tensor out) {
    Permutation permutation = Permutation.of(x.shape(), order);
    if (!permutation.result().equals(out.shape())) {
      throw new ShapeMismatchException(
          "permute", "out", permutation.result().toString(), out.shape().toString(), "");
    }
    permutation.run(parallel, x.floats(), x.offset(), out.floats(), out.offset());
  }

  @Override
  public void copyBlock(Tensor x, int axis, int from, int width, Tensor out, int to) {
    block("copyBlock", x, axis, from, width, out, to, false);
  }

  @Override
  public void addBlock(Tensor x, int axis, int from, int width, Tensor out, int to) {
    block("addBlock", x, axis, from, width, out, to, true);
  }

  private void block(
      String op, Tensor x, int axis, int from, int width, Tensor out, int to, boolean add) {
    Shape shape = x.shape();
    int cut = shape.axis(axis);
    if (out.rank() != x.rank()
        || !out.shape().with(cut, 0).equals(shape.with(cut, 0))
        || from < 0
        || to < 0
        || width < 0
        || from + width > x.dim(cut)
        || to + width > out.dim(cut)) {
      throw new ShapeMismatchException(
          op,
          "out",
          "as long as %s beside axis %d and hold %d from %d of it"
              .formatted(shape, cut, width, from),
          "%s, written from %d".formatted(out.shape(), to),
          "");
    }
    int inner = shape.count(cut + 1, shape.rank());
    int outer = shape.count(0, cut);
    int run = width * inner;
    if (run == 0 || outer == 0) {
      return;
    }
    int xRow = x.dim(cut) * inner;
    int outRow = out.dim(cut) * inner;
    int xAt = x.offset() + from * inner;
    int outAt = out.offset() + to * inner;
    // A long run is cut in pieces, so that a block of one outer index is shared out too.
    int pieces = (run + GRAIN - 1) / GRAIN;
    parallel.run(
        outer * pieces,
        Math.max(1, GRAIN / run),
        (first, end) -> {
          float[] source = x.floats();
          float[] target = out.floats();
          for (int item = first; item < end; item++) {
            int row = item / pieces;
            int start = item % pieces * GRAIN;
            int length = Math.min(run - start, GRAIN);
            int s = xAt + row * xRow + start;
            int t = outAt + row * outRow + start;
            if (add) {
              loops.axpy(1f, source, s, target, t, length);
            } else {
              System.arraycopy(source, s, target, t, length);
            }
          }
        });
  }

  @Override
  public void gatherRows(Tensor x, Tensor indices, Tensor out) {
    int batch = x.dim(0);
    int rows = x.dim(1);
    int channels = x.dim(2);
    int k = indices.dim(1);
    ShapeMismatchException.check("gatherRows", "indices", indices, batch, k);
    ShapeMismatchException.check("gatherRows", "out", out, batch, k, channels);
    int[] index = indices.ints();
    parallel.run(
        batch * k,
        Math.max(1, GRAIN / Math.max(1, channels)),
        (from, end) -> {
          for (int i = from; i < end; i++) {
            int row = checkRow("gatherRows", index[indices.offset() + i], rows);
            System.arraycopy(
                x.floats(),
                x.offset() + (i / k * rows + row) * channels,
                out.floats(),
                out.offset() + i * channels,
                channels);
          }
        });
  }

  @Override
  public void scatterAddRows(Tensor x, Tensor indices, Tensor out) {
    int batch = out.dim(0);
    int rows = out.dim(1);
    int channels = out.dim(2);
    int k = indices.dim(1);
    ShapeMismatchException.check("scatterAddRows", "indices", indices, batch, k);
    ShapeMismatchException.check("scatterAddRows", "x", x, batch, k, channels);
    int[] index = indices.ints();
    // One thread an image: rows may meet in one target, and their order must not change.
    parallel.run(
        batch,
        Math.max(1, GRAIN / Math.max(1, k * channels)),
        (from, end) -> {
          for (int b = from; b < end; b++) {
            for (int i = b * k; i < (b + 1) * k; i++) {
              int row = checkRow("scatterAddRows", index[indices.offset() + i], rows);
              loops.axpy(
                  1f,
                  x.floats(),
                  x.offset() + i * channels,
                  out.floats(),
                  out.offset() + (b * rows + row) * channels,
                  channels);
            }
          }
        });
  }

  private static int checkRow(String op, int row, int rows) {
    if (row < 0 || row >= rows) {
      throw new IndexOutOfBoundsException(
          "%s: an index is %d, but there are %d rows".formatted(op, row, rows));
    }
    return row;
  }

  private static void checkNotEmpty(String op, int n) {
    if (n == 0) {
      throw new IllegalArgumentException(op + ": a row without elements has no maximum");
    }
  }

  private static void checkRows(String op, String name, Tensor tensor, int size) {
    if (tensor != null && tensor.size() != size) {
      throw new ShapeMismatchException(
          op, name, "of " + size + " elements", Arrays.toString(tensor.shape().dims()), "");
    }
  }
}
