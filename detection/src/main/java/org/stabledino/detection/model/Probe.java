package org.stabledino.detection.model;

import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * Looks into a forward pass ({@link StableDino#observe}). What every layer predicts is in the
 * {@link ModelOutput}; a probe sees what is not: which tokens were selected, which boxes a layer
 * starts from, where it samples.
 *
 * <p>The tensors are those of the pass: they are to be read during the call, and copied where they
 * are needed longer.
 */
public interface Probe {
  /** Looks at nothing. */
  Probe NONE = new Probe() {};

  /**
   * Query selection is done.
   *
   * @param levels extents of the feature levels
   * @param tokens which tokens became queries, best first, int32 [B, Q]
   * @param boxes the first references (cx, cy, w, h) in 0..1, [B, Q, 4]
   */
  default void selected(Levels levels, Tensor tokens, Tensor boxes) {}

  /**
   * A decoder layer starts.
   *
   * @param layer from 0
   * @param boxes its references (cx, cy, w, h) in 0..1, [B, D+Q, 4]
   */
  default void references(int layer, Tensor boxes) {}

  /**
   * A decoder layer samples the memory.
   *
   * @param layer from 0
   * @param levels extents of the feature levels
   * @param locations (x, y) in 0..1 of each level's map, [B, D+Q, H, L, P, 2]
   * @param weights of the points, 1 in total for each head, [B, D+Q, H, L, P]
   */
  default void sampled(int layer, Levels levels, Tensor locations, Tensor weights) {}
}
