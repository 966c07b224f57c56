package org.stabledino.nn;

import org.stabledino.autograd.Variable;

/** A normalisation of feature maps [N, H, W, C] that follows a convolution. */
public sealed interface MapNorm permits FrozenBatchNorm2d, GroupNorm {

  /**
   * Applies the layer.
   *
   * @param x shape [N, H, W, C]
   * @return like x
   */
  Variable forward(Variable x);

  /**
   * Applies the layer, then a ReLU.
   *
   * @param x shape [N, H, W, C]
   * @return like x, nothing negative
   */
  Variable forwardRelu(Variable x);

  /**
   * This layer as a module.
   *
   * @return itself
   */
  Module module();

  /** Which normalisation a network uses. */
  sealed interface Kind {
    /**
     * Makes a layer.
     *
     * @param channels C
     * @return the layer
     */
    MapNorm create(int channels);
  }

  /** Batch norm with fixed statistics: for backbones that were trained elsewhere. */
  record FrozenBatch() implements Kind {
    @Override
    public MapNorm create(int channels) {
      return new FrozenBatchNorm2d(channels);
    }
  }

  /**
   * Group norm: for small batches and training from scratch.
   *
   * @param channelsPerGroup channels that are normalised together
   */
  record Group(int channelsPerGroup) implements Kind {
    @Override
    public MapNorm create(int channels) {
      return new GroupNorm(channels / channelsPerGroup, channels);
    }
  }
}
