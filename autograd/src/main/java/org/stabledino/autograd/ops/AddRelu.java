package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** {@code y = relu(a + b)}, the end of a residual block; {@code da = db = dy [y > 0]}. */
public final class AddRelu extends Function {
  private final Variable a;
  private final Variable b;

  private AddRelu(Variable a, Variable b) {
    super(a, b);
    this.a = a;
    this.b = b;
  }

  /**
   * {@code relu(a + b)}.
   *
   * @param a any shape
   * @param b like a
   * @return like a
   */
  public static Variable apply(Variable a, Variable b) {
    ShapeMismatchException.check("addRelu", "b", b.data(), a.shape().dims());
    return new AddRelu(a, b).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(a.shape());
    backend().elementwise().addRelu(a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor grad = empty(a.shape());
    // relu'(a + b) is 1 exactly where the result is positive, so the sum need not be kept.
    backend().elementwise().unaryBackward(Unary.RELU, result(), result(), gradOut, grad);
    grad.storage().retain();
    accumulate(a, grad);
    accumulate(b, grad);
    grad.storage().release();
  }
}
