package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;

/**
 * Normalises groups of neighbouring channels over all positions of an image, then scales and shifts
 * each channel (Wu and He, ECCV 2018).
 *
 * {@snippet :
 * GroupNorm norm = new GroupNorm(32, 256);
 * Variable y = norm.forward(Variable.constant(Tensor.full(3f, 2, 25, 34, 256)));
 * assert y.shape().equals(Shape.of(2, 25, 34, 256));
 * }
 */
public final class GroupNorm extends Module implements MapNorm {
  private static final float EPS = 1e-5f;

  private final Parameter weight;
  private final Parameter bias;
  private final int groups;

  /**
   * A norm.
   *
   * @param groups divides the channels
   * @param channels C
   */
  public GroupNorm(int groups, int channels) {
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "GroupNorm: %d channels do not split into %d groups".formatted(channels, groups));
    }
    this.weight = parameter("weight", channels);
    this.bias = parameter("bias", channels);
    this.groups = groups;
    Initializers.constant(weight.data(), 1f);
  }

  @Override
  public Variable forward(Variable x) {
    try (var _ = enter()) {
      return Ops.groupNorm(x, groups, weight, bias, EPS);
    }
  }

  @Override
  public Variable forwardRelu(Variable x) {
    try (var _ = enter()) {
      return Ops.relu(forward(x));
    }
  }

  @Override
  public Module module() {
    return this;
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.constant(weight.data(), 1f);
    Initializers.constant(bias.data(), 0f);
  }
}
