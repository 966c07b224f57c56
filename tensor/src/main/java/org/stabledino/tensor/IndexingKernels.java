package org.stabledino.tensor;

/** Reductions, and copies that reorder, select or collect elements. */
public interface IndexingKernels {

  /**
   * Sums over the axes in which {@code out} is shorter: the transpose of broadcasting.
   *
   * @param x any shape
   * @param out a shape that broadcasts to x's; extents of 1, and missing outer axes, are summed
   *     over. A scalar takes the sum of everything
   */
  void sumTo(Tensor x, Tensor out);

  /**
   * The largest element of each row and where it is (the first, among equals).
   *
   * @param x shape [..., N], N at least 1
   * @param values output, shape [...]; nullable
   * @param indices int32 output, shape [...]; nullable
   */
  void maxLast(Tensor x, Tensor values, Tensor indices);

  /**
   * The k largest elements of each row, largest first; among equals the lower index first.
   *
   * @param x shape [R, N]
   * @param k at most N
   * @param values output, shape [R, k]; nullable
   * @param indices int32 output, shape [R, k]; nullable
   */
  void topK(Tensor x, int k, Tensor values, Tensor indices);

  /**
   * Reorders dimensions: {@code out.dim(i) = x.dim(order[i])}.
   *
   * @param x any float32 shape
   * @param order a permutation of the axes
   * @param out of the permuted shape
   */
  void permute(Tensor x, int[] order, Tensor out);

  /**
   * Copies a block {@code [outer, width, inner]} between two tensors seen as {@code [outer, extent,
   * inner]}: the one kernel behind slicing, concatenating, padding and rolling.
   *
   * @param x source, float32
   * @param axis the axis along which the block is cut; extents before and after it are equal in
   *     both tensors
   * @param from first index along the axis in x
   * @param width how many
   * @param out destination; elements outside the block stay as they are
   * @param to first index along the axis in out
   */
  void copyBlock(Tensor x, int axis, int from, int width, Tensor out, int to);

  /**
   * Like {@link #copyBlock}, but adds to what {@code out} holds.
   *
   * @param x source, float32
   * @param axis the axis along which the block is cut
   * @param from first index along the axis in x
   * @param width how many
   * @param out added to
   * @param to first index along the axis in out
   */
  void addBlock(Tensor x, int axis, int from, int width, Tensor out, int to);

  /**
   * {@code out[b, i, :] = x[b, indices[b, i], :]}.
   *
   * @param x shape [B, N, C]
   * @param indices int32, shape [B, K], each in 0..N-1
   * @param out shape [B, K, C]
   */
  void gatherRows(Tensor x, Tensor indices, Tensor out);

  /**
   * {@code out[b, indices[b, i], :] += x[b, i, :]}, in the order of i, so that the result is the
   * same every time.
   *
   * @param x shape [B, K, C]
   * @param indices int32, shape [B, K], each in 0..N-1
   * @param out added to, shape [B, N, C]
   */
  void scatterAddRows(Tensor x, Tensor indices, Tensor out);
}
