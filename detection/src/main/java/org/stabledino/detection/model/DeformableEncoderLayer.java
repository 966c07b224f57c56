package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.add;

import org.stabledino.autograd.Variable;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.MultiScaleDeformableAttention;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * One layer of the encoder: every token looks at a few points of every level (Deformable DETR, Eq.
 * 3), then passes a feed-forward network; each step is added to its input and normalised.
 */
final class DeformableEncoderLayer extends Module {
  private final MultiScaleDeformableAttention attention;
  private final FeedForward feedForward;
  private final LayerNorm attentionNorm;
  private final LayerNorm feedForwardNorm;

  DeformableEncoderLayer(TransformerConfig config, int levels) {
    int channels = config.embedDim();
    attention =
        child(
            "attentions.0",
            new MultiScaleDeformableAttention(channels, config.heads(), levels, config.points()));
    feedForward = child("ffns.0", new FeedForward(channels, config.ffnDim()));
    attentionNorm = child("norms.0", new LayerNorm(channels));
    feedForwardNorm = child("norms.1", new LayerNorm(channels));
  }

  /**
   * Applies the layer.
   *
   * @param tokens [B, S, C]
   * @param position code that broadcasts to the tokens
   * @param levels extents of the feature levels
   * @param references token centres on each level, [B, S, L, 2]
   * @param padding bool [B, S], nullable
   * @return like tokens
   */
  Variable forward(
      Variable tokens, Variable position, Levels levels, Variable references, Tensor padding) {
    try (var _ = enter()) {
      Variable attended =
          attention.forward(add(tokens, position), tokens, levels, references, padding);
      Variable x = attentionNorm.forward(add(tokens, attended));
      return feedForwardNorm.forward(add(x, feedForward.forward(x)));
    }
  }
}
