package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;

/**
 * {@code y = x W^T + b} on the last axis.
 *
 * {@snippet :
 * Linear linear = new Linear(256, 91);
 * linear.initialize(Rng.of(60));
 * Variable logits = linear.forward(Variable.constant(Tensor.zeros(2, 900, 256)));
 * assert logits.shape().equals(Shape.of(2, 900, 91));
 * }
 */
public final class Linear extends Module {
  private final Parameter weight;
  private final Parameter bias;

  /**
   * A layer with a bias.
   *
   * @param in input channels
   * @param out output channels
   */
  public Linear(int in, int out) {
    this(in, out, true);
  }

  /**
   * A layer with or without a bias.
   *
   * @param in input channels
   * @param out output channels
   * @param bias whether to add one
   */
  public Linear(int in, int out, boolean bias) {
    this.weight = parameter("weight", out, in);
    this.bias = bias ? parameter("bias", out) : null;
  }

  /**
   * Applies the layer.
   *
   * @param x shape [..., in]
   * @return shape [..., out]
   */
  public Variable forward(Variable x) {
    try (var _ = enter()) {
      return Ops.linear(x, weight, bias);
    }
  }

  /**
   * Applies the layer and a ReLU in one pass.
   *
   * @param x shape [..., in]
   * @return shape [..., out], nothing negative
   */
  public Variable forwardRelu(Variable x) {
    try (var _ = enter()) {
      return Ops.linearRelu(x, weight, bias);
    }
  }

  /**
   * The matrix.
   *
   * @return shape [out, in]
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
      float bound = (float) (1 / Math.sqrt(weight.dim(1)));
      Initializers.uniform(bias.data(), -bound, bound, rng.child("bias"));
    }
  }
}
