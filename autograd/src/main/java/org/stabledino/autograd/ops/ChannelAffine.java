package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = x s + t} with a constant scale and shift for each channel, optionally with ReLU: what
 * a frozen batch normalisation comes down to. {@code dx = dy s}, zero where a ReLU gave 0.
 */
public final class ChannelAffine extends Function {
  private final Variable x;
  private final Tensor scale;
  private final Tensor shift;
  private final boolean relu;

  private ChannelAffine(Variable x, Tensor scale, Tensor shift, boolean relu) {
    super(x);
    this.x = x;
    this.scale = scale;
    this.shift = shift;
    this.relu = relu;
  }

  /**
   * {@code x s + t} for each channel.
   *
   * @param x shape [..., C]
   * @param scale s, shape [C]
   * @param shift t, shape [C]
   * @param relu whether negative results become 0
   * @return like x
   */
  public static Variable apply(Variable x, Tensor scale, Tensor shift, boolean relu) {
    if (x.rank() == 0) {
      throw new ShapeMismatchException("channelAffine", "x", "[..., C]", x.shape().toString(), "");
    }
    ShapeMismatchException.check("channelAffine", "scale", scale, x.dim(-1));
    ShapeMismatchException.check("channelAffine", "shift", shift, x.dim(-1));
    return new ChannelAffine(x, scale, shift, relu).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    backend().elementwise().channelAffine(x.data(), scale, shift, relu, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    Tensor grad = gradOut;
    if (relu) {
      backend().elementwise().unaryBackward(Unary.RELU, result(), result(), gradOut, gradX);
      grad = gradX;
    }
    backend().elementwise().binary(Binary.MULTIPLY, grad, scale, gradX);
    accumulate(x, gradX);
  }
}
