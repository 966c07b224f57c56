package org.stabledino.nn;

import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * Looks at where a {@link MultiScaleDeformableAttention} samples.
 *
 * <p>The tensors are those of the forward pass: they are to be read during the call, and copied
 * where they are needed longer.
 */
@FunctionalInterface
public interface SamplingProbe {
  /** Looks at nothing. */
  SamplingProbe NONE = (_, _, _) -> {};

  /**
   * Called once a forward pass, before values are gathered.
   *
   * @param levels heights and widths of the L levels
   * @param locations (x, y) in 0..1 of each level's map, shape [B, Q, H, L, P, 2]
   * @param weights of the points, their sum over levels and points is 1, shape [B, Q, H, L, P]
   */
  void sampled(Levels levels, Tensor locations, Tensor weights);
}
