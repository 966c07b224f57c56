package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/**
 * Moves everything along an axis, what leaves at the end coming in at the start: {@code y[.., (i +
 * shift) mod n, ..] = x[.., i, ..]}; the gradient moves back. Swin's shifted windows are made so.
 */
public final class Roll extends Function {
  private final Variable x;
  private final int axis;
  private final int shift;

  private Roll(Variable x, int axis, int shift) {
    super(x);
    this.x = x;
    this.axis = axis;
    this.shift = shift;
  }

  /**
   * A cyclic move.
   *
   * @param x any shape
   * @param axis from 0, or from -1 counted from the innermost
   * @param shift how far towards larger indices; may be negative
   * @return like x
   */
  public static Variable apply(Variable x, int axis, int shift) {
    return new Roll(x, x.shape().axis(axis), shift).run();
  }

  @Override
  protected Tensor forward() {
    return move(x.data(), shift);
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulate(x, move(gradOut, -shift));
  }

  private Tensor move(Tensor source, int by) {
    int extent = source.dim(axis);
    int first = extent == 0 ? 0 : Math.floorMod(by, extent);
    Tensor out = empty(source.shape());
    backend().indexing().copyBlock(source, axis, 0, extent - first, out, first);
    backend().indexing().copyBlock(source, axis, extent - first, first, out, 0);
    return out;
  }
}
