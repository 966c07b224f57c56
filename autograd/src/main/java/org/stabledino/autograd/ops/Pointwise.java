package org.stabledino.autograd.ops;

import java.util.Arrays;
import java.util.Locale;
import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = f(x)} element by element for the functions of {@link Unary}; {@code dx = dy f'(x)}.
 */
public final class Pointwise extends Function {
  /** Such as {@code Sigmoid}, made once because every result of inference asks for its name. */
  private static final String[] NAMES =
      Arrays.stream(Unary.values())
          .map(unary -> unary.name().charAt(0) + unary.name().substring(1).toLowerCase(Locale.ROOT))
          .toArray(String[]::new);

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
    return NAMES[function.ordinal()];
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
