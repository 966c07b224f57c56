package org.stabledino.tensor;

/** Softmax, dense multi-head attention and multi-scale deformable attention. */
public interface AttentionKernels {

  /**
   * {@code out = e^x / sum(e^x)} of each row; a row that is all minus infinity gives NaN.
   *
   * @param x shape [..., N]
   * @param out like x; may be x
   */
  void softmax(Tensor x, Tensor out);

  /**
   * The gradient of {@link #softmax}.
   *
   * @param y the forward result, shape [..., N]
   * @param gradOut like y
   * @param gradX output, like y; may be gradOut
   */
  void softmaxBackward(Tensor y, Tensor gradOut, Tensor gradX);

  /**
   * What the scores of dense attention are changed by before the softmax.
   *
   * @param blocked bool, shape [Nq, Nk]: true forbids a query to see a key; nullable
   * @param keyPadding bool, shape [B, Nk]: true hides a key from all queries; nullable
   * @param bias float32, shape [G, H, Nq, Nk] with G dividing B, added to the scores of batch entry
   *     b from entry {@code b % G}; nullable
   */
  record Mask(Tensor blocked, Tensor keyPadding, Tensor bias) {
    /** No change. */
    public static final Mask NONE = new Mask(null, null, null);
  }

  /**
   * Dense multi-head attention: {@code softmax(scale q k^T + mask) v} for each head; a head is D
   * neighbouring channels.
   *
   * @param q shape [B, Nq, H*D]
   * @param k shape [B, Nk, H*D]
   * @param v shape [B, Nk, H*D]
   * @param heads H
   * @param scale usually {@code 1 / sqrt(D)}
   * @param mask changes of the scores
   * @param out shape [B, Nq, H*D]
   * @param logSumExp output, shape [B, H, Nq], which the backward pass needs; nullable
   */
  void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp);

  /**
   * The gradient of {@link #attention}.
   *
   * @param gradOut shape [B, Nq, H*D]
   * @param q as in the forward pass
   * @param k as in the forward pass
   * @param v as in the forward pass
   * @param heads H
   * @param scale as in the forward pass
   * @param mask as in the forward pass
   * @param out the forward result
   * @param logSumExp as stored by the forward pass
   * @param gradQ output, like q
   * @param gradK output, like k
   * @param gradV output, like v
   * @param gradBias output, like the mask's bias; nullable
   */
  void attentionBackward(
      Tensor gradOut,
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp,
      Tensor gradQ,
      Tensor gradK,
      Tensor gradV,
      Tensor gradBias);

  /**
   * Extents of the feature levels whose tokens lie one after the other.
   *
   * @param heights of each level
   * @param widths of each level
   */
  record Levels(int[] heights, int[] widths) {
    /**
     * How many levels.
     *
     * @return L
     */
    public int count() {
      return heights.length;
    }

    /**
     * How many tokens lie before a level; for the number of levels, how many there are in all.
     *
     * @param level from 0
     * @return the index of the level's first token
     */
    public int start(int level) {
      int start = 0;
      for (int i = 0; i < level; i++) {
        start += heights[i] * widths[i];
      }
      return start;
    }

    /**
     * All tokens.
     *
     * @return S
     */
    public int tokens() {
      return start(count());
    }
  }

  /**
   * Multi-scale deformable attention (Deformable DETR, Eq. 3): for each query and head the weighted
   * sum of bilinear samples of the value maps. A location (x, y) in 0..1 spans a level from the
   * outer edge of its first token to that of its last; outside, the map is zero.
   *
   * @param value shape [B, S, H, D]
   * @param levels extents of the L levels, S tokens in all
   * @param locations shape [B, Q, H, L, P, 2], (x, y)
   * @param weights shape [B, Q, H, L, P]
   * @param out shape [B, Q, H*D]
   */
  void deformableAttention(
      Tensor value, Levels levels, Tensor locations, Tensor weights, Tensor out);

  /**
   * The gradient of {@link #deformableAttention}.
   *
   * @param gradOut shape [B, Q, H*D]
   * @param value as in the forward pass
   * @param levels as in the forward pass
   * @param locations as in the forward pass
   * @param weights as in the forward pass
   * @param gradValue output, like value; nullable
   * @param gradLocations output, like locations; nullable
   * @param gradWeights output, like weights; nullable
   */
  void deformableAttentionBackward(
      Tensor gradOut,
      Tensor value,
      Levels levels,
      Tensor locations,
      Tensor weights,
      Tensor gradValue,
      Tensor gradLocations,
      Tensor gradWeights);
}
