package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Repeats x along new outer axes and axes of extent 1; the gradient is summed over them. */
public final class Expand extends Function {
  private final Variable x;
  private final Shape shape;

  private Expand(Variable x, Shape shape) {
    super(x);
    this.x = x;
    this.shape = shape;
  }

  /**
   * Stretches x to a shape.
   *
   * @param x a shape that broadcasts to the target
   * @param dims the target
   * @return that shape, a copy
   */
  public static Variable apply(Variable x, int... dims) {
    Shape shape = Shape.of(dims);
    int missing = shape.rank() - x.rank();
    boolean fits = missing >= 0;
    for (int i = 0; fits && i < x.rank(); i++) {
      fits = x.dim(i) == 1 || x.dim(i) == shape.dim(missing + i);
    }
    if (!fits) {
      throw new ShapeMismatchException(
          "expand",
          "x",
          "broadcastable to " + shape,
          x.shape().toString(),
          "counted from the innermost axis, extents must be equal or 1");
    }
    return new Expand(x, shape).run();
  }

  @Override
  protected Tensor forward() {
    return Broadcasting.expand(x.data(), shape);
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulate(x, Broadcasting.reduce(gradOut, x.shape()));
  }
}
