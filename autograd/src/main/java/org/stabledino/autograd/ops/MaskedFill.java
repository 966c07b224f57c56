package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** {@code y = mask ? value : x}; the gradient is that of y, and 0 where the mask is true. */
public final class MaskedFill extends Function {
  private final Variable x;
  private final Tensor mask;
  private final float value;

  private MaskedFill(Variable x, Tensor mask, float value) {
    super(x);
    this.x = x;
    this.mask = mask;
    this.value = value;
  }

  /**
   * Replaces what a mask covers.
   *
   * @param x any shape
   * @param mask bool; its shape equals x's leading dimensions, trailing ones are covered whole
   * @param value the value where the mask is true
   * @return like x
   */
  public static Variable apply(Variable x, Tensor mask, float value) {
    boolean fits = mask.rank() <= x.rank();
    for (int i = 0; fits && i < mask.rank(); i++) {
      fits = mask.dim(i) == x.dim(i);
    }
    if (!fits) {
      throw new ShapeMismatchException(
          "maskedFill",
          "mask",
          "the leading dimensions of x " + x.shape(),
          mask.shape().toString(),
          "");
    }
    Types.check("maskedFill", "mask", mask, DType.BOOL);
    return new MaskedFill(x, mask, value).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().elementwise().maskedFill(x.data(), mask, value, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().elementwise().maskedFill(gradOut, mask, 0f, gradX);
    accumulate(x, gradX);
  }
}
