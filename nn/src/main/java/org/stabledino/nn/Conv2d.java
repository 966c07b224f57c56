package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;

/**
 * A two-dimensional convolution over channels-last maps; the weight keeps the official layout [out,
 * in, k, k].
 *
 * {@snippet :
 * Conv2d conv = new Conv2d(3, 64, 7, 2, 3, false);
 * conv.initialize(Rng.of(60));
 * Variable map = conv.forward(Variable.constant(Tensor.zeros(1, 224, 224, 3)));
 * assert map.shape().equals(Shape.of(1, 112, 112, 64));
 * }
 */
public final class Conv2d extends Module {
  private final Parameter weight;
  private final Parameter bias;
  private final int stride;
  private final int padding;

  /**
   * A convolution with a square window.
   *
   * @param in input channels
   * @param out output channels
   * @param kernel side of the window
   * @param stride its step
   * @param padding rows and columns of zeros on each side
   * @param bias whether to add one
   */
  public Conv2d(int in, int out, int kernel, int stride, int padding, boolean bias) {
    this.weight = parameter("weight", out, in, kernel, kernel);
    this.bias = bias ? parameter("bias", out) : null;
    this.stride = stride;
    this.padding = padding;
  }

  /**
   * Applies the layer.
   *
   * @param x shape [N, H, W, in]
   * @return shape [N, Ho, Wo, out] with {@code Ho = (H + 2 padding - kernel) / stride + 1}
   */
  public Variable forward(Variable x) {
    try (var _ = enter()) {
      return Ops.conv2d(x, weight, bias, stride, padding);
    }
  }

  /**
   * The filters.
   *
   * @return shape [out, in, k, k]
   */
  public Parameter weight() {
    return weight;
  }

  /**
   * The bias.
   *
   * @return shape [out], or null if there is none
   */
  public Parameter bias() {
    return bias;
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.fanInUniform(weight.data(), rng.child("weight"));
    if (bias != null) {
      float bound = (float) (1 / Math.sqrt(weight.data().size() / (double) weight.dim(0)));
      Initializers.uniform(bias.data(), -bound, bound, rng.child("bias"));
    }
  }
}
