package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/** {@code y = min(max(x, low), high)}; {@code dx = dy} where {@code low <= x <= high}, else 0. */
public final class Clamp extends Function {
  private final Variable x;
  private final float low;
  private final float high;

  private Clamp(Variable x, float low, float high) {
    super(x);
    this.x = x;
    this.low = low;
    this.high = high;
  }

  /**
   * {@code min(max(x, low), high)}.
   *
   * @param x any shape
   * @param low lower bound; may be minus infinity
   * @param high upper bound; may be infinity
   * @return like x
   */
  public static Variable apply(Variable x, float low, float high) {
    return new Clamp(x, low, high).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().elementwise().clamp(x.data(), low, high, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().elementwise().clampBackward(x.data(), low, high, gradOut, gradX);
    accumulate(x, gradX);
  }
}
