package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** {@code y = a + b} with broadcasting; both gradients are that of y, summed where it stretched. */
public final class Add extends Function {
  private final Variable a;
  private final Variable b;
  private final Shape shape;

  private Add(Variable a, Variable b, Shape shape) {
    super(a, b);
    this.a = a;
    this.b = b;
    this.shape = shape;
  }

  /**
   * {@code a + b}.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable apply(Variable a, Variable b) {
    return new Add(a, b, Broadcasting.shape("add", a, b)).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(shape);
    backend().elementwise().binary(Binary.ADD, a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    if (needsGrad(a)) {
      accumulate(a, Broadcasting.reduce(gradOut, a.shape()));
    }
    if (needsGrad(b)) {
      accumulate(b, Broadcasting.reduce(gradOut, b.shape()));
    }
  }
}
