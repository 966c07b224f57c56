package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = n w + b} with {@code n = (x - mean) / sqrt(var + eps)} over all positions and the
 * channels of one group of one image.
 *
 * <p>The gradient is that of {@link LayerNorm} with the group in the place of the row.
 */
public final class GroupNorm extends Function {
  private final Variable x;
  private final int groups;
  private final Variable weight;
  private final Variable bias;
  private final float eps;
  private Tensor mean;
  private Tensor inverseStd;

  private GroupNorm(Variable x, int groups, Variable weight, Variable bias, float eps) {
    super(x, weight, bias);
    this.x = x;
    this.groups = groups;
    this.weight = weight;
    this.bias = bias;
    this.eps = eps;
  }

  /**
   * Group normalisation.
   *
   * @param x shape [N, ..., C], channels last
   * @param groups divides C; channels of a group are neighbours
   * @param weight shape [C]
   * @param bias shape [C]
   * @param eps added to the variance
   * @return like x
   */
  public static Variable apply(Variable x, int groups, Variable weight, Variable bias, float eps) {
    if (x.rank() < 2 || groups < 1 || x.dim(-1) % groups != 0) {
      throw new ShapeMismatchException(
          "groupNorm",
          "x",
          "[N, ..., C] with C a multiple of %d groups".formatted(groups),
          x.shape().toString(),
          "");
    }
    ShapeMismatchException.check("groupNorm", "weight", weight.data(), x.dim(-1));
    ShapeMismatchException.check("groupNorm", "bias", bias.data(), x.dim(-1));
    return new GroupNorm(x, groups, weight, bias, eps).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    if (recorded()) {
      mean = save(empty(x.dim(0), groups));
      inverseStd = save(empty(x.dim(0), groups));
    }
    backend()
        .normalization()
        .groupNorm(
            x.data(),
            groups,
            weight.data(),
            bias.data(),
            eps,
            Activation.NONE,
            y,
            mean,
            inverseStd);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = needsGrad(x) ? empty(x.shape()) : null;
    Tensor gradWeight = needsGrad(weight) ? empty(weight.shape()) : null;
    Tensor gradBias = needsGrad(bias) ? empty(bias.shape()) : null;
    backend()
        .normalization()
        .groupNormBackward(
            gradOut,
            x.data(),
            groups,
            weight.data(),
            mean,
            inverseStd,
            gradX,
            gradWeight,
            gradBias);
    accumulate(x, gradX);
    accumulate(weight, gradWeight);
    accumulate(bias, gradBias);
  }
}
