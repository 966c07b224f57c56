package org.stabledino.tensor;

/** Layer and group normalisation: {@code (x - mean) / sqrt(var + eps) * weight + bias}. */
public interface NormalizationKernels {

  /**
   * Normalises each row.
   *
   * @param x shape [..., C]
   * @param weight shape [C]
   * @param bias shape [C]
   * @param eps added to the (biased) variance
   * @param out like x
   * @param mean output, one a row; nullable together with inverseStd
   * @param inverseStd output, {@code 1 / sqrt(var + eps)}, one a row; nullable
   */
  void layerNorm(
      Tensor x, Tensor weight, Tensor bias, float eps, Tensor out, Tensor mean, Tensor inverseStd);

  /**
   * The gradient of {@link #layerNorm}.
   *
   * @param gradOut like x
   * @param x shape [..., C]
   * @param weight shape [C]
   * @param mean as stored by the forward pass
   * @param inverseStd as stored by the forward pass
   * @param gradX output, like x; nullable
   * @param gradWeight output, shape [C]; nullable
   * @param gradBias output, shape [C]; nullable
   */
  void layerNormBackward(
      Tensor gradOut,
      Tensor x,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias);

  /**
   * Normalises each image's groups of channels over all positions.
   *
   * @param x shape [N, ..., C], channels last
   * @param groups divides C; channels of a group are neighbours
   * @param weight shape [C]
   * @param bias shape [C]
   * @param eps added to the (biased) variance
   * @param activation applied last
   * @param out like x
   * @param mean output, shape [N, groups]; nullable together with inverseStd
   * @param inverseStd output, shape [N, groups]; nullable
   */
  void groupNorm(
      Tensor x,
      int groups,
      Tensor weight,
      Tensor bias,
      float eps,
      Activation activation,
      Tensor out,
      Tensor mean,
      Tensor inverseStd);

  /**
   * The gradient of {@link #groupNorm} without an activation.
   *
   * @param gradOut like x
   * @param x shape [N, ..., C]
   * @param groups as in the forward pass
   * @param weight shape [C]
   * @param mean as stored by the forward pass
   * @param inverseStd as stored by the forward pass
   * @param gradX output, like x; nullable
   * @param gradWeight output, shape [C]; nullable
   * @param gradBias output, shape [C]; nullable
   */
  void groupNormBackward(
      Tensor gradOut,
      Tensor x,
      int groups,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias);
}
