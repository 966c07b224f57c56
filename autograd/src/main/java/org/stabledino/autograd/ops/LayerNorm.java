package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code y = n w + b} with {@code n = (x - mean) / sqrt(var + eps)} over the last axis (biased
 * variance).
 *
 * <p>With {@code g = dy w} and means over the row: {@code dx = (g - mean(g) - n mean(g n)) /
 * sqrt(var + eps)}; {@code dw} is the sum of {@code dy n} and {@code db} that of {@code dy}.
 */
public final class LayerNorm extends Function {
  private final Variable x;
  private final Variable weight;
  private final Variable bias;
  private final float eps;
  private Tensor mean;
  private Tensor inverseStd;

  private LayerNorm(Variable x, Variable weight, Variable bias, float eps) {
    super(x, weight, bias);
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.eps = eps;
  }

  /**
   * Layer normalisation.
   *
   * @param x shape [..., C]
   * @param weight shape [C]
   * @param bias shape [C]
   * @param eps added to the variance
   * @return like x
   */
  public static Variable apply(Variable x, Variable weight, Variable bias, float eps) {
    if (x.rank() == 0) {
      throw new ShapeMismatchException("layerNorm", "x", "[..., C]", x.shape().toString(), "");
    }
    ShapeMismatchException.check("layerNorm", "weight", weight.data(), x.dim(-1));
    ShapeMismatchException.check("layerNorm", "bias", bias.data(), x.dim(-1));
    return new LayerNorm(x, weight, bias, eps).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape());
    if (recorded()) {
      Shape rows = Shape.of(x.shape().count(0, x.rank() - 1));
      mean = save(empty(rows));
      inverseStd = save(empty(rows));
    }
    backend()
        .normalization()
        .layerNorm(x.data(), weight.data(), bias.data(), eps, y, mean, inverseStd);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = needsGrad(x) ? empty(x.shape()) : null;
    Tensor gradWeight = needsGrad(weight) ? empty(weight.shape()) : null;
    Tensor gradBias = needsGrad(bias) ? empty(bias.shape()) : null;
    backend()
        .normalization()
        .layerNormBackward(
            gradOut, x.data(), weight.data(), mean, inverseStd, gradX, gradWeight, gradBias);
    accumulate(x, gradX);
    accumulate(weight, gradWeight);
    accumulate(bias, gradBias);
  }
}
