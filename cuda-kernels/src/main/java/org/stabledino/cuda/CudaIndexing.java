package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.COPIES;
import static org.stabledino.cuda.Kernels.Source.ORDER;

import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Launches of {@code sums.cu}, {@code order.cu} and {@code copies.cu}. */
final class CudaIndexing implements IndexingKernels {
  private static final int TILE = 32;
  private static final int TILE_ROWS = 8;

  private final CudaContext context;
  private final Kernels kernels;
  private final Sums sums;
  private final DeviceMemory memory;

  /** The family on a device. */
  CudaIndexing(CudaContext context, Kernels kernels, Sums sums, DeviceMemory memory) {
    this.context = context;
    this.kernels = kernels;
    this.sums = sums;
    this.memory = memory;
  }

  @Override
  public void sumTo(Tensor x, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    if (x.size() == 0) {
      Driver.check(
          JCudaDriver.cuMemsetD32Async(Kernels.pointer(out), 0, out.size(), context.stream()),
          "fill",
          out);
    } else if (x.size() == out.size()) {
      copy(x, out);
    } else {
      sums.sumTo(x, out);
    }
  }

  private void copy(Tensor x, Tensor out) {
    context.bind();
    Driver.check(
        JCudaDriver.cuMemcpyDtoDAsync(
            Kernels.pointer(out), Kernels.pointer(x), 4L * x.size(), context.stream()),
        "copy",
        x,
        out);
  }

  @Override
  public void maxLast(Tensor x, Tensor values, Tensor indices) {
    int n = x.dim(-1);
    int rows = x.shape().count(0, x.rank() - 1);
    kernels.launch(ORDER, "maxLast", Grid.of(rows, 128), x, n, values, indices);
  }

  @Override
  public void topK(Tensor x, int k, Tensor values, Tensor indices) {
    int n = x.dim(1);
    int rows = x.dim(0);
    int count = rows * k;
    if (count == 0) {
      return;
    }
    try (DeviceMemory.Block selected = memory.take(8L * count)) {
      kernels.launch(ORDER, "selectLargest", Grid.of(rows, 256), x, n, k, selected);
      kernels.launch(
          ORDER, "placeSelected", Grid.over(count), selected, x, n, k, values, indices, count);
    }
  }

  @Override
  public void permute(Tensor x, int[] order, Tensor out) {
    Shape shape = x.shape();
    int rank = order.length;
    if (x.size() == 0) {
      return;
    }
    Walk walk = new Walk();
    for (int i = rank - 1; i >= 0; i--) {
      walk.add(shape.dim(order[i]), shape.count(order[i] + 1, rank));
    }
    if (walk.rank() == 0 || walk.rank() == 1 && walk.stride(0, 0) == 1) {
      copy(x, out);
    } else if (swapsInnerAxes(walk)) {
      int columns = walk.dim(1);
      int rows = walk.dim(0);
      int batch = x.size() / rows / columns;
      Grid grid =
          new Grid(batch * Grid.ceil(columns, TILE) * Grid.ceil(rows, TILE), 1, 1, TILE, TILE_ROWS);
      kernels.launch(COPIES, "transpose", grid, x, rows, columns, out);
    } else {
      kernels.launch(COPIES, "permute", Grid.over(x.size()), x, walk.words(1), out, x.size());
    }
  }

  /** Whether a walk turns [batch, rows, columns] into [batch, columns, rows]. */
  private static boolean swapsInnerAxes(Walk walk) {
    boolean swaps = walk.rank() >= 2 && walk.stride(1, 0) == 1 && walk.stride(0, 0) == walk.dim(1);
    return swaps
        && (walk.rank() == 2 || walk.rank() == 3 && walk.stride(2, 0) == walk.dim(0) * walk.dim(1));
  }

  @Override
  public void copyBlock(Tensor x, int axis, int from, int width, Tensor out, int to) {
    block(x, axis, from, width, out, to, false);
  }

  @Override
  public void addBlock(Tensor x, int axis, int from, int width, Tensor out, int to) {
    block(x, axis, from, width, out, to, true);
  }

  private void block(Tensor x, int axis, int from, int width, Tensor out, int to, boolean add) {
    Shape shape = x.shape();
    int cut = shape.axis(axis);
    int inner = shape.count(cut + 1, shape.rank());
    int length = width * inner;
    int n = shape.count(0, cut) * length;
    kernels.launch(
        COPIES,
        "block",
        Grid.over(n),
        x,
        x.dim(cut) * inner,
        from * inner,
        out,
        out.dim(cut) * inner,
        to * inner,
        length,
        add ? 1 : 0,
        n);
  }

  @Override
  public void gatherRows(Tensor x, Tensor indices, Tensor out) {
    int k = indices.dim(1);
    kernels.launch(
        COPIES,
        "gatherRows",
        Grid.over(out.size()),
        x,
        indices,
        x.dim(1),
        k,
        x.dim(2),
        out,
        out.size());
  }

  @Override
  public void scatterAddRows(Tensor x, Tensor indices, Tensor out) {
    int k = indices.dim(1);
    kernels.launch(
        COPIES,
        "scatterAddRows",
        Grid.over(x.size()),
        x,
        indices,
        out.dim(1),
        k,
        out.dim(2),
        out,
        x.size());
  }
}
