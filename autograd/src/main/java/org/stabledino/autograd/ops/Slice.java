package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/**
 * A range of indices along one axis: {@code y[.., i, ..] = x[.., from + i, ..]}; the gradient is
 * zero outside of it. A slice of the outermost axis (of extent above 1) shares x's memory.
 */
public final class Slice extends Function {
  private final Variable x;
  private final int axis;
  private final int from;
  private final int to;

  private Slice(Variable x, int axis, int from, int to) {
    super(x);
    this.x = x;
    this.axis = axis;
    this.from = from;
    this.to = to;
  }

  /**
   * A range along an axis.
   *
   * @param x any shape
   * @param axis from 0, or from -1 counted from the innermost
   * @param from first index
   * @param to end, exclusive
   * @return x's shape with {@code to - from} at the axis
   */
  public static Variable apply(Variable x, int axis, int from, int to) {
    int positive = x.shape().axis(axis);
    if (from < 0 || to < from || to > x.dim(positive)) {
      throw new IndexOutOfBoundsException(
          "slice: %d to %d along axis %d of %s".formatted(from, to, positive, x.shape()));
    }
    return new Slice(x, positive, from, to).run();
  }

  @Override
  protected Tensor forward() {
    return Blocks.cut(x.data(), axis, from, to);
  }

  @Override
  protected void backward(Tensor gradOut) {
    // Many slices of one tensor add their parts to one gradient; none fills a whole one of its own.
    accumulateInto(
        x, grad -> backend().indexing().addBlock(gradOut, axis, 0, to - from, grad, from));
  }
}
