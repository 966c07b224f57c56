package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/** {@code y = scale x + shift} with constants; {@code dx = scale dy}. */
public final class Affine extends Function {
  private final Variable x;
  private final float scale;
  private final float shift;

  private Affine(Variable x, float scale, float shift) {
    super(x);
    this.x = x;
    this.scale = scale;
    this.shift = shift;
  }

  /**
   * {@code scale x + shift}.
   *
   * @param x any shape
   * @param scale factor
   * @param shift summand
   * @return like x
   */
  public static Variable apply(Variable x, float scale, float shift) {
    return new Affine(x, scale, shift).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().elementwise().affine(x.data(), scale, shift, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    if (scale == 1f) {
      accumulate(x, gradOut);
      return;
    }
    Tensor gradX = empty(x.shape());
    backend().elementwise().affine(gradOut, scale, 0f, gradX);
    accumulate(x, gradX);
  }
}
