package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Batch norm whose statistics and affine parameters are all fixed: {@code y = (x - mean) / sqrt(var
 * + eps) * weight + bias}, folded to one scale and one shift a channel.
 *
 * {@snippet :
 * FrozenBatchNorm2d norm = new FrozenBatchNorm2d(64);
 * Variable y = norm.forward(Variable.constant(Tensor.full(3f, 1, 56, 56, 64)));
 * assert y.shape().equals(Shape.of(1, 56, 56, 64));
 * }
 */
public final class FrozenBatchNorm2d extends Module implements MapNorm {
  private static final float EPS = 1e-5f;

  private final Tensor weight;
  private final Tensor bias;
  private final Tensor mean;
  private final Tensor variance;
  private final Tensor hostScale;
  private final Tensor hostShift;

  /** The same where the module computes. */
  private Tensor scale;

  private Tensor shift;

  /**
   * The identity, until statistics are loaded: the variance starts at 1 - eps.
   *
   * @param channels C
   */
  public FrozenBatchNorm2d(int channels) {
    weight = buffer("weight", zeros(channels));
    bias = buffer("bias", zeros(channels));
    mean = buffer("running_mean", zeros(channels));
    variance = buffer("running_var", zeros(channels));
    hostScale = zeros(channels);
    hostShift = zeros(channels);
    scale = hostScale;
    shift = hostShift;
    toIdentity();
    fold();
  }

  private static Tensor zeros(int channels) {
    return Scope.outsideAll(() -> Tensor.zeros(channels));
  }

  @Override
  public Variable forward(Variable x) {
    try (var _ = enter()) {
      return Ops.channelAffine(x, scale, shift, false);
    }
  }

  @Override
  public Variable forwardRelu(Variable x) {
    try (var _ = enter()) {
      return Ops.channelAffine(x, scale, shift, true);
    }
  }

  /**
   * What each channel is multiplied by.
   *
   * @return shape [C], {@code weight / sqrt(var + eps)}
   */
  public Tensor scale() {
    return scale;
  }

  /**
   * What is added to each channel afterwards.
   *
   * @return shape [C], {@code bias - mean * scale}
   */
  public Tensor shift() {
    return shift;
  }

  @Override
  public Module module() {
    return this;
  }

  @Override
  protected void reset(Rng rng) {
    toIdentity();
  }

  private void toIdentity() {
    Initializers.constant(weight, 1f);
    Initializers.constant(bias, 0f);
    Initializers.constant(mean, 0f);
    Initializers.constant(variance, 1f - EPS);
  }

  @Override
  protected void stateChanged() {
    fold();
  }

  @Override
  protected void moved(Device target) {
    scale = Scope.outsideAll(() -> hostScale.to(target));
    shift = Scope.outsideAll(() -> hostShift.to(target));
  }

  private void fold() {
    float[] w = weight.floats();
    float[] b = bias.floats();
    float[] m = mean.floats();
    float[] v = variance.floats();
    boolean changed = false;
    for (int c = 0; c < hostScale.size(); c++) {
      float factor = w[c] * (float) (1 / Math.sqrt(v[c] + EPS));
      float summand = b[c] - m[c] * factor;
      changed |= hostScale.floats()[c] != factor || hostShift.floats()[c] != summand;
      hostScale.floats()[c] = factor;
      hostShift.floats()[c] = summand;
    }
    // Training tells of a change after each step; nothing is copied to a GPU unless there was one.
    if (changed && scale != hostScale) {
      scale.copyFrom(hostScale);
      shift.copyFrom(hostShift);
    }
  }
}
