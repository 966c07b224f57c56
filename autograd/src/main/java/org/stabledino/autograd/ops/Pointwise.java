package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = f(x)} element by element for the functions of {@link Unary}; {@code dx = dy f'(x)}.
 */
public final class Pointwise extends Function {
  private final Unary function;
  private final Variable x;

  private Pointwise(Unary function, Variable x) {
    super(x);
    this.function = function;
    this.x = x;
  }

  /**
   * {@code f(x)}.
   *
   * @param function f
   * @param x any shape
   * @return like x
   */
  public static Variable apply(Unary function, Variable x) {
    return new Pointwise(function, x).run();
  }

  @Override
  public String name() {
    String name = function.name();
    return name.charAt(0) + name.substring(1).toLowerCase(java.util.Locale.ROOT);
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().elementwise().unary(function, x.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().elementwise().unaryBackward(function, x.data(), result(), gradOut, gradX);
    accumulate(x, gradX);
  }
}
