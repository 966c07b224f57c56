package org.stabledino.tensor;

/** Matrix products in float32. */
public interface MatmulKernels {

  /**
   * {@code out = activation(op(a) op(b) + bias)}, or {@code out += op(a) op(b)}.
   *
   * @param transposeA whether op(a) is the transpose of a
   * @param transposeB whether op(b) is the transpose of b
   * @param a shape [M, K], or [K, M] if transposed
   * @param b shape [K, N], or [N, K] if transposed
   * @param bias shape [N], added to every row; nullable
   * @param activation applied last
   * @param accumulate whether to add to what out holds; then bias is null and activation NONE
   * @param out shape [M, N]
   */
  void gemm(
      boolean transposeA,
      boolean transposeB,
      Tensor a,
      Tensor b,
      Tensor bias,
      Activation activation,
      boolean accumulate,
      Tensor out);

  /**
   * {@code out[i] = scale * op(a[i]) op(b[i])} for every i of the batch.
   *
   * @param transposeA whether op transposes the matrices of a
   * @param transposeB whether op transposes the matrices of b
   * @param scale factor
   * @param a shape [B, M, K], or [B, K, M] if transposed
   * @param b shape [B, K, N], or [B, N, K] if transposed
   * @param out shape [B, M, N]
   */
  void batchedGemm(
      boolean transposeA, boolean transposeB, float scale, Tensor a, Tensor b, Tensor out);
}
