package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** {@code y = e^x / sum(e^x)} over the last axis; {@code dx = y (dy - sum(y dy))}. */
public final class Softmax extends Function {
  private final Variable x;

  private Softmax(Variable x) {
    super(x);
    this.x = x;
  }

  /**
   * Softmax over the last axis.
   *
   * @param x shape [..., N]
   * @return like x; each row sums to 1
   */
  public static Variable apply(Variable x) {
    if (x.rank() == 0) {
      throw new ShapeMismatchException("softmax", "x", "[..., N]", x.shape().toString(), "");
    }
    return new Softmax(x).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().attention().softmax(x.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().attention().softmaxBackward(result(), gradOut, gradX);
    accumulate(x, gradX);
  }
}
