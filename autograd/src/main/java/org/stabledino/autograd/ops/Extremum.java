package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = min(a, b)} or {@code max(a, b)} with broadcasting. The gradient goes to the argument
 * that was taken; equal arguments share it half and half.
 */
public final class Extremum extends Function {
  private final Binary op;
  private final Variable a;
  private final Variable b;
  private final Shape shape;

  private Extremum(Binary op, Variable a, Variable b, Shape shape) {
    super(a, b);
    this.op = op;
    this.a = a;
    this.b = b;
    this.shape = shape;
  }

  /**
   * The smaller of two numbers.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable minimum(Variable a, Variable b) {
    return new Extremum(Binary.MINIMUM, a, b, Broadcasting.shape("minimum", a, b)).run();
  }

  /**
   * The larger of two numbers.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable maximum(Variable a, Variable b) {
    return new Extremum(Binary.MAXIMUM, a, b, Broadcasting.shape("maximum", a, b)).run();
  }

  @Override
  public String name() {
    return op == Binary.MINIMUM ? "Minimum" : "Maximum";
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(shape);
    backend().elementwise().binary(op, a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    // With lead = b - a for the minimum and a - b for the maximum, a was taken where lead >= 0.
    Tensor lead = empty(shape);
    boolean minimum = op == Binary.MINIMUM;
    backend()
        .elementwise()
        .binary(
            Binary.SUBTRACT, minimum ? b.data() : a.data(), minimum ? a.data() : b.data(), lead);
    passTo(a, lead, gradOut);
    backend().elementwise().affine(lead, -1f, 0f, lead);
    passTo(b, lead, gradOut);
    discard(lead);
  }

  /** Half of the gradient where lead >= 0 and half of it where lead > 0. */
  private void passTo(Variable input, Tensor lead, Tensor gradOut) {
    if (needsGrad(input)) {
      Tensor grad = empty(shape);
      Tensor strict = empty(shape);
      float infinity = Float.POSITIVE_INFINITY;
      backend().elementwise().clampBackward(lead, 0f, infinity, gradOut, grad);
      backend().elementwise().clampBackward(lead, Float.MIN_VALUE, infinity, gradOut, strict);
      backend().elementwise().axpy(1f, strict, grad);
      backend().elementwise().affine(grad, 0.5f, 0f, grad);
      discard(strict);
      Tensor sum = Broadcasting.reduce(grad, input.shape());
      if (sum != grad) {
        discard(grad);
      }
      accumulate(input, sum);
    }
  }
}
