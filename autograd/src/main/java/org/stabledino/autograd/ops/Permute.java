package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * Reorders the axes: axis i of y is axis {@code order[i]} of x; the gradient goes back likewise.
 */
public final class Permute extends Function {
  private final Variable x;
  private final int[] order;

  private Permute(Variable x, int[] order) {
    super(x);
    this.x = x;
    this.order = order;
  }

  /**
   * Reorders the axes.
   *
   * @param x any shape
   * @param order a permutation of the axes, from 0
   * @return the permuted shape, a copy
   */
  public static Variable apply(Variable x, int... order) {
    boolean[] seen = new boolean[x.rank()];
    boolean valid = order.length == x.rank();
    for (int i = 0; valid && i < order.length; i++) {
      valid = order[i] >= 0 && order[i] < seen.length && !seen[order[i]];
      if (valid) {
        seen[order[i]] = true;
      }
    }
    if (!valid) {
      throw new ShapeMismatchException(
          "permute",
          "order",
          "a permutation of the axes of " + x.shape(),
          java.util.Arrays.toString(order),
          "");
    }
    return new Permute(x, order.clone()).run();
  }

  @Override
  protected Tensor forward() {
    int[] dims = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      dims[i] = x.dim(order[i]);
    }
    Tensor y = empty(Shape.of(dims));
    backend().indexing().permute(x.data(), order, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    Tensor gradX = empty(x.shape());
    backend().indexing().permute(gradOut, inverse, gradX);
    accumulate(x, gradX);
  }
}
