package org.stabledino.tensor.cpu;

import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Attention on the CPU: softmax here, {@link DenseAttention}, {@link DeformableSampling}. */
final class CpuAttention implements AttentionKernels {
  /** Elements of a chunk of softmax rows. */
  private static final int CHUNK = 1 << 13;

  private final RowLoops loops;
  private final Parallel pool;
  private final DenseAttention dense;
  private final DenseAttentionGradient denseGradient;
  private final DeformableSampling deformable;

  CpuAttention(RowLoops rowLoops, TileLoops tileLoops, SampleLoops sampleLoops, Parallel pool) {
    this.loops = rowLoops;
    this.pool = pool;
    dense = new DenseAttention(rowLoops, tileLoops, pool);
    denseGradient = new DenseAttentionGradient(rowLoops, tileLoops, pool);
    deformable = new DeformableSampling(sampleLoops, pool);
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    int n = x.dim(-1);
    pool.run(
        n == 0 ? 0 : x.size() / n,
        Math.max(1, CHUNK / Math.max(1, n)),
        (from, to) ->
            loops.softmax(
                x.floats(),
                x.offset() + from * n,
                out.floats(),
                out.offset() + from * n,
                to - from,
                n));
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor gradOut, Tensor gradX) {
    int n = y.dim(-1);
    pool.run(
        n == 0 ? 0 : y.size() / n,
        Math.max(1, CHUNK / Math.max(1, n)),
        (from, to) ->
            loops.softmaxBackward(
                y.floats(),
                y.offset() + from * n,
                gradOut.floats(),
                gradOut.offset() + from * n,
                gradX.floats(),
                gradX.offset() + from * n,
                to - from,
                n));
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp) {
    dense.forward(q, k, v, heads, scale, mask, out, logSumExp);
  }

  @Override
  public void attentionBackward(
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
      Tensor gradBias) {
    denseGradient.run(
        gradOut, q, k, v, heads, scale, mask, out, logSumExp, gradQ, gradK, gradV, gradBias);
  }

  @Override
  public void deformableAttention(
      Tensor value, Levels levels, Tensor locations, Tensor weights, Tensor out) {
    check("deformableAttention", value, levels);
    deformable.forward(value, levels, locations, weights, out);
  }

  @Override
  public void deformableAttentionBackward(
      Tensor gradOut,
      Tensor value,
      Levels levels,
      Tensor locations,
      Tensor weights,
      Tensor gradValue,
      Tensor gradLocations,
      Tensor gradWeights) {
    check("deformableAttentionBackward", value, levels);
    deformable.backward(
        gradOut, value, levels, locations, weights, gradValue, gradLocations, gradWeights);
  }

  private static void check(String op, Tensor value, Levels levels) {
    if (levels.tokens() != value.dim(1)) {
      throw new ShapeMismatchException(
          op,
          "value",
          "of " + levels.tokens() + " tokens, as its levels say,",
          value.shape().toString(),
          "");
    }
  }
}
