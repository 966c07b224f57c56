package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * Multi-scale deformable attention (Deformable DETR, Eq. 3): {@code y[q, h] = sum over levels l and
 * points p of weights[q, h, l, p] value_l[h](locations[q, h, l, p])}, where a map is read by
 * bilinear interpolation and is zero outside.
 *
 * <p>The gradient of the weights is the sample times that of y, that of the locations the slope of
 * the interpolation, and that of the value the four bilinear weights times that of y.
 */
public final class DeformableAttention extends Function {
  private final Variable value;
  private final Levels levels;
  private final Variable locations;
  private final Variable weights;

  private DeformableAttention(Variable value, Levels levels, Variable locations, Variable weights) {
    super(value, locations, weights);
    this.value = value;
    this.levels = levels;
    this.locations = locations;
    this.weights = weights;
  }

  /**
   * Samples and sums.
   *
   * @param value shape [B, S, H, D], the levels' tokens one after the other
   * @param levels extents of the L levels, S tokens in all
   * @param locations shape [B, Q, H, L, P, 2], (x, y) in 0..1 of each level
   * @param weights shape [B, Q, H, L, P]
   * @return shape [B, Q, H*D]
   */
  public static Variable apply(
      Variable value, Levels levels, Variable locations, Variable weights) {
    String op = "deformableAttention";
    ShapeMismatchException.check(op, "value", value.data(), -1, levels.tokens(), -1, -1);
    int batch = value.dim(0);
    int heads = value.dim(2);
    int count = levels.count();
    ShapeMismatchException.check(op, "locations", locations.data(), batch, -1, heads, count, -1, 2);
    ShapeMismatchException.check(
        op, "weights", weights.data(), batch, locations.dim(1), heads, count, locations.dim(4));
    return new DeformableAttention(value, levels, locations, weights).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(value.dim(0), locations.dim(1), value.dim(2) * value.dim(3));
    backend()
        .attention()
        .deformableAttention(value.data(), levels, locations.data(), weights.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradValue = needsGrad(value) ? empty(value.shape()) : null;
    Tensor gradLocations = needsGrad(locations) ? empty(locations.shape()) : null;
    Tensor gradWeights = needsGrad(weights) ? empty(weights.shape()) : null;
    backend()
        .attention()
        .deformableAttentionBackward(
            gradOut,
            value.data(),
            levels,
            locations.data(),
            weights.data(),
            gradValue,
            gradLocations,
            gradWeights);
    accumulate(value, gradValue);
    accumulate(locations, gradLocations);
    accumulate(weights, gradWeights);
  }
}
