package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;

/**
 * Normalises each row to mean 0 and variance 1, then scales and shifts each channel.
 *
 * {@snippet :
 * LayerNorm norm = new LayerNorm(256);
 * Variable y = norm.forward(Variable.constant(Tensor.full(3f, 2, 900, 256)));
 * assert y.shape().equals(Shape.of(2, 900, 256));
 * }
 */
public final class LayerNorm extends Module {
  private final Parameter weight;
  private final Parameter bias;
  private final float eps;

  /**
   * A norm with the usual eps of 1e-5.
   *
   * @param dim channels
   */
  public LayerNorm(int dim) {
    this(dim, 1e-5f);
  }

  /**
   * A norm.
   *
   * @param dim channels
   * @param eps added to the variance
   */
  public LayerNorm(int dim, float eps) {
    this.weight = parameter("weight", dim);
    this.bias = parameter("bias", dim);
    this.eps = eps;
    Initializers.constant(weight.data(), 1f);
  }

  /**
   * Applies the layer.
   *
   * @param x shape [..., dim]
   * @return like x
   */
  public Variable forward(Variable x) {
    try (var _ = enter()) {
      return Ops.layerNorm(x, weight, bias, eps);
    }
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.constant(weight.data(), 1f);
    Initializers.constant(bias.data(), 0f);
  }
}
