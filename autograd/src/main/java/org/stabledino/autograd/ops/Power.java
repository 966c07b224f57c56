package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Tensor;

/** {@code y = x^p} with a constant p; {@code dx = dy p x^(p-1)}. */
public final class Power extends Function {
  private final Variable x;
  private final float exponent;

  private Power(Variable x, float exponent) {
    super(x);
    this.x = x;
    this.exponent = exponent;
  }

  /**
   * {@code x^p}.
   *
   * @param x any shape
   * @param exponent p
   * @return like x
   */
  public static Variable apply(Variable x, float exponent) {
    return new Power(x, exponent).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().elementwise().power(x.data(), exponent, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().elementwise().power(x.data(), exponent - 1f, gradX);
    backend().elementwise().affine(gradX, exponent, 0f, gradX);
    backend().elementwise().binary(Binary.MULTIPLY, gradX, gradOut, gradX);
    accumulate(x, gradX);
  }
}
