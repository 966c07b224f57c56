package org.stabledino.tensor;

import java.util.Arrays;

/** Reductions and copies behind a check of their arguments. */
record CheckedIndexing(IndexingKernels kernels) implements IndexingKernels {

  @Override
  public void sumTo(Tensor x, Tensor out) {
    Checks.floats("sumTo", "x out", x, out);
    if (!x.shape().equals(x.shape().broadcastOrNull(out.shape()))) {
      throw Checks.mismatch("sumTo", "out", "a shape that broadcasts to " + x.shape(), out);
    }
    kernels.sumTo(x, out);
  }

  @Override
  public void maxLast(Tensor x, Tensor values, Tensor indices) {
    Checks.floats("maxLast", "x values", x, values);
    Checks.type("maxLast", "indices", indices, DType.INT32, x);
    if (Checks.last("maxLast", "x", x) == 0) {
      throw Checks.mismatch("maxLast", "x", "of 1 element or more a row", x);
    }
    int rows = x.size() / x.dim(-1);
    Checks.count("maxLast", "values", values, rows);
    Checks.count("maxLast", "indices", indices, rows);
    kernels.maxLast(x, values, indices);
  }

  @Override
  public void topK(Tensor x, int k, Tensor values, Tensor indices) {
    Checks.floats("topK", "x values", x, values);
    Checks.type("topK", "indices", indices, DType.INT32, x);
    Checks.rank("topK", "x", x, 2);
    if (k < 0 || k > x.dim(1)) {
      throw Checks.wrong("topK", "k", "0 to " + x.dim(1), k);
    }
    Checks.shape("topK", "values", values, x.dim(0), k);
    Checks.shape("topK", "indices", indices, x.dim(0), k);
    kernels.topK(x, k, values, indices);
  }

  @Override
  public void permute(Tensor x, int[] order, Tensor out) {
    Checks.floats("permute", "x out", x, out);
    boolean[] seen = new boolean[x.rank()];
    boolean fits = order.length == x.rank();
    int[] dims = new int[order.length];
    for (int i = 0; fits && i < order.length; i++) {
      fits = order[i] >= 0 && order[i] < seen.length && !seen[order[i]];
      if (fits) {
        seen[order[i]] = true;
        dims[i] = x.dim(order[i]);
      }
    }
    if (!fits) {
      throw Checks.wrong(
          "permute", "order", "a permutation of the axes of " + x.shape(), Arrays.toString(order));
    }
    Checks.shape("permute", "out", out, dims);
    kernels.permute(x, order, out);
  }

  @Override
  public void copyBlock(Tensor x, int axis, int from, int width, Tensor out, int to) {
    block("copyBlock", x, axis, from, width, out, to);
    kernels.copyBlock(x, axis, from, width, out, to);
  }

  @Override
  public void addBlock(Tensor x, int axis, int from, int width, Tensor out, int to) {
    block("addBlock", x, axis, from, width, out, to);
    kernels.addBlock(x, axis, from, width, out, to);
  }

  private static void block(
      String op, Tensor x, int axis, int from, int width, Tensor out, int to) {
    Checks.floats(op, "x out", x, out);
    if (axis < -x.rank() || axis >= x.rank()) {
      throw Checks.wrong(op, "axis", "an axis of " + x.shape(), axis);
    }
    int cut = x.shape().axis(axis);
    within(op, "from", from, x.dim(cut));
    within(op, "width", width, x.dim(cut) - from);
    int[] dims = x.shape().dims();
    dims[cut] = -1;
    Checks.shape(op, "out", out, dims);
    within(op, "to", to, out.dim(cut) - width);
  }

  private static void within(String op, String argument, int number, int most) {
    if (number < 0 || number > most) {
      throw Checks.wrong(op, argument, "0 to " + most, number);
    }
  }

  @Override
  public void gatherRows(Tensor x, Tensor indices, Tensor out) {
    Checks.floats("gatherRows", "x out", x, out);
    Checks.type("gatherRows", "indices", indices, DType.INT32, x);
    Checks.rank("gatherRows", "x", x, 3);
    Checks.shape("gatherRows", "indices", indices, x.dim(0), -1);
    Checks.shape("gatherRows", "out", out, x.dim(0), indices.dim(1), x.dim(2));
    kernels.gatherRows(x, indices, out);
  }

  @Override
  public void scatterAddRows(Tensor x, Tensor indices, Tensor out) {
    Checks.floats("scatterAddRows", "x out", x, out);
    Checks.type("scatterAddRows", "indices", indices, DType.INT32, x);
    Checks.rank("scatterAddRows", "x", x, 3);
    Checks.shape("scatterAddRows", "indices", indices, x.dim(0), x.dim(1));
    Checks.shape("scatterAddRows", "out", out, x.dim(0), -1, x.dim(2));
    kernels.scatterAddRows(x, indices, out);
  }
}
