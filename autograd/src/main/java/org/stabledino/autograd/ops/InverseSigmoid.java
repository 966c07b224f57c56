package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/**
 * The logit of a box coordinate, kept finite: {@code y = log(n / d)} with {@code c = clamp(x, 0,
 * 1)}, {@code n = max(c, eps)} and {@code d = max(1 - c, eps)}.
 *
 * <p>{@code dx = dy ([x >= eps] / n + [1 - x >= eps] / d)} for x in 0..1, else 0: the gradient is
 * that of the clamps, so it is one-sided near 0 and 1.
 */
public final class InverseSigmoid extends Function {
  private final Variable x;
  private final float eps;
  private Tensor numerator;
  private Tensor denominator;

  private InverseSigmoid(Variable x, float eps) {
    super(x);
    this.x = x;
    this.eps = eps;
  }

  /**
   * The inverse of the sigmoid.
   *
   * @param x any shape, values in 0..1
   * @param eps least distance kept from 0 and from 1
   * @return like x
   */
  public static Variable apply(Variable x, float eps) {
    return new InverseSigmoid(x, eps).run();
  }

  @Override
  protected Tensor forward() {
    ElementwiseKernels kernels = backend().elementwise();
    numerator = save(empty(x.shape()));
    denominator = save(empty(x.shape()));
    Tensor y = empty(x.shape());
    kernels.clamp(x.data(), 0f, 1f, y);
    kernels.clamp(y, eps, Float.POSITIVE_INFINITY, numerator);
    kernels.affine(y, -1f, 1f, denominator);
    kernels.clamp(denominator, eps, Float.POSITIVE_INFINITY, denominator);
    kernels.binary(Binary.DIVIDE, numerator, denominator, y);
    kernels.unary(Unary.LOG, y, y);
    if (!recorded()) {
      discard(numerator);
      discard(denominator);
    }
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    ElementwiseKernels kernels = backend().elementwise();
    Tensor gradX = empty(x.shape());
    kernels.binary(Binary.DIVIDE, gradOut, numerator, gradX);
    kernels.clampBackward(x.data(), eps, Float.POSITIVE_INFINITY, gradX, gradX);

    Tensor complement = empty(x.shape());
    Tensor viaDenominator = empty(x.shape());
    kernels.affine(x.data(), -1f, 1f, complement);
    kernels.binary(Binary.DIVIDE, gradOut, denominator, viaDenominator);
    kernels.clampBackward(complement, eps, Float.POSITIVE_INFINITY, viaDenominator, viaDenominator);
    kernels.axpy(1f, viaDenominator, gradX);
    discard(viaDenominator);
    discard(complement);

    kernels.clampBackward(x.data(), 0f, 1f, gradX, gradX);
    accumulate(x, gradX);
  }
}
