package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** {@code y = a / b} with broadcasting; {@code da = dy / b}, {@code db = -dy y / b}, summed. */
public final class Divide extends Function {
  private final Variable a;
  private final Variable b;
  private final Shape shape;

  private Divide(Variable a, Variable b, Shape shape) {
    super(a, b);
    this.a = a;
    this.b = b;
    this.shape = shape;
  }

  /**
   * {@code a / b}.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable apply(Variable a, Variable b) {
    return new Divide(a, b, Broadcasting.shape("div", a, b)).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(shape);
    backend().elementwise().binary(Binary.DIVIDE, a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor quotient = empty(shape);
    backend().elementwise().binary(Binary.DIVIDE, gradOut, b.data(), quotient);
    if (needsGrad(b)) {
      Tensor product = empty(shape);
      backend().elementwise().binary(Binary.MULTIPLY, quotient, result(), product);
      backend().elementwise().affine(product, -1f, 0f, product);
      Tensor gradB = Broadcasting.reduce(product, b.shape());
      if (gradB != product) {
        discard(product);
      }
      accumulate(b, gradB);
    }
    Tensor gradA = Broadcasting.reduce(quotient, a.shape());
    if (gradA != quotient || !needsGrad(a)) {
      discard(quotient);
    }
    accumulate(a, gradA);
  }
}
