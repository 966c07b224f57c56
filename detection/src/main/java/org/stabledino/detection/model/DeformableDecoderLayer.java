package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.add;

import org.stabledino.autograd.Variable;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.MultiScaleDeformableAttention;
import org.stabledino.nn.MultiheadAttention;
import org.stabledino.nn.SamplingProbe;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Tensor;

/**
 * One layer of the decoder: queries look at each other, then at a few points of the memory inside
 * their reference box, then pass a feed-forward network; each step is added to its input and
 * normalised.
 */
final class DeformableDecoderLayer extends Module {
  private final MultiheadAttention selfAttention;
  private final MultiScaleDeformableAttention crossAttention;
  private final FeedForward feedForward;
  private final LayerNorm selfNorm;
  private final LayerNorm crossNorm;
  private final LayerNorm feedForwardNorm;

  DeformableDecoderLayer(TransformerConfig config, int levels) {
    int channels = config.embedDim();
    selfAttention = child("attentions.0.attn", new MultiheadAttention(channels, config.heads()));
    crossAttention =
        child(
            "attentions.1",
            new MultiScaleDeformableAttention(channels, config.heads(), levels, config.points()));
    feedForward = child("ffns.0", new FeedForward(channels, config.ffnDim()));
    selfNorm = child("norms.0", new LayerNorm(channels));
    crossNorm = child("norms.1", new LayerNorm(channels));
    feedForwardNorm = child("norms.2", new LayerNorm(channels));
  }

  /**
   * Applies the layer.
   *
   * @param queries [B, N, C]
   * @param position code of the queries' references, [B, N, C]
   * @param blocked bool [N, N], true where a query (row) may not see another; nullable
   * @param memory of the encoder, [B, S, C]
   * @param levels extents of the feature levels
   * @param references boxes on each level, [B, N, L, 4]
   * @param padding bool [B, S], nullable
   * @param probe looks at where the memory is sampled
   * @return like queries
   */
  Variable forward(
      Variable queries,
      Variable position,
      Tensor blocked,
      Variable memory,
      Levels levels,
      Variable references,
      Tensor padding,
      SamplingProbe probe) {
    try (var _ = enter()) {
      Variable placed = add(queries, position);
      Mask mask = blocked == null ? Mask.NONE : new Mask(blocked, null, null);
      Variable x =
          selfNorm.forward(add(queries, selfAttention.forward(placed, placed, queries, mask)));
      Variable sampled =
          crossAttention.forward(add(x, position), memory, levels, references, padding, probe);
      x = crossNorm.forward(add(x, sampled));
      return feedForwardNorm.forward(add(x, feedForward.forward(x)));
    }
  }
}
