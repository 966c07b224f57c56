package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/** Puts zeros before and after x along one axis; the gradient is cut out of their middle. */
public final class Pad extends Function {
  private final Variable x;
  private final int axis;
  private final int before;
  private final int after;

  private Pad(Variable x, int axis, int before, int after) {
    super(x);
    this.x = x;
    this.axis = axis;
    this.before = before;
    this.after = after;
  }

  /**
   * Zeros around x.
   *
   * @param x any shape
   * @param axis from 0, or from -1 counted from the innermost
   * @param before how many zeros come first
   * @param after how many come last
   * @return x's shape, longer by both at the axis
   */
  public static Variable apply(Variable x, int axis, int before, int after) {
    if (before < 0 || after < 0) {
      throw new IllegalArgumentException(
          "pad: cannot add %d zeros before and %d after; use slice".formatted(before, after));
    }
    return new Pad(x, x.shape().axis(axis), before, after).run();
  }

  @Override
  protected Tensor forward() {
    return Blocks.embed(x.data(), axis, before, before + x.dim(axis) + after);
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulate(x, Blocks.cut(gradOut, axis, before, before + x.dim(axis)));
  }
}
