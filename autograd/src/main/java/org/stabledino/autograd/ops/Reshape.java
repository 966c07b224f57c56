package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/** The same elements under another shape, without a copy; the gradient takes the old shape. */
public final class Reshape extends Function {
  private final Variable x;
  private final int[] dims;

  private Reshape(Variable x, int[] dims) {
    super(x);
    this.x = x;
    this.dims = dims;
  }

  /**
   * Another shape.
   *
   * @param x any shape
   * @param dims the extents; one may be -1, which is derived from the rest
   * @return a view with these extents
   */
  public static Variable apply(Variable x, int... dims) {
    return new Reshape(x, dims).run();
  }

  @Override
  protected Tensor forward() {
    return x.data().reshape(dims);
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulate(x, gradOut.reshape(x.shape()));
  }
}
