package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** {@code y = a * b} with broadcasting; {@code da = dy b}, {@code db = dy a}, summed likewise. */
public final class Multiply extends Function {
  private final Variable a;
  private final Variable b;
  private final Shape shape;

  private Multiply(Variable a, Variable b, Shape shape) {
    super(a, b);
    this.a = a;
    this.b = b;
    this.shape = shape;
  }

  /**
   * {@code a * b}.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable apply(Variable a, Variable b) {
    return new Multiply(a, b, Broadcasting.shape("mul", a, b)).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(shape);
    backend().elementwise().binary(Binary.MULTIPLY, a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    passTo(a, b, gradOut);
    passTo(b, a, gradOut);
  }

  private void passTo(Variable input, Variable factor, Tensor gradOut) {
    if (needsGrad(input)) {
      Tensor product = empty(shape);
      backend().elementwise().binary(Binary.MULTIPLY, gradOut, factor.data(), product);
      Tensor grad = Broadcasting.reduce(product, input.shape());
      if (grad != product) {
        discard(product);
      }
      accumulate(input, grad);
    }
  }
}
