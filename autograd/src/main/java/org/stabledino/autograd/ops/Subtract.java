package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = a - b} with broadcasting; {@code da = dy}, {@code db = -dy}, summed over stretches.
 */
public final class Subtract extends Function {
  private final Variable a;
  private final Variable b;
  private final Shape shape;

  private Subtract(Variable a, Variable b, Shape shape) {
    super(a, b);
    this.a = a;
    this.b = b;
    this.shape = shape;
  }

  /**
   * {@code a - b}.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable apply(Variable a, Variable b) {
    return new Subtract(a, b, Broadcasting.shape("sub", a, b)).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(shape);
    backend().elementwise().binary(Binary.SUBTRACT, a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    if (needsGrad(a)) {
      accumulate(a, Broadcasting.reduce(gradOut, a.shape()));
    }
    if (needsGrad(b)) {
      Tensor sum = Broadcasting.reduce(gradOut, b.shape());
      Tensor gradB = sum == gradOut ? empty(b.shape()) : sum;
      backend().elementwise().affine(sum, -1f, 0f, gradB);
      accumulate(b, gradB);
    }
  }
}
