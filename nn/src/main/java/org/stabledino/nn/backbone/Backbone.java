package org.stabledino.nn.backbone;

import java.util.List;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Rng;

/** A network that turns images into feature maps of several strides, finest first. */
public sealed interface Backbone permits ResNet, Swin {

  /**
   * Computes the feature maps.
   *
   * @param images normalised, shape [N, H, W, 3]
   * @return one map [N, H / stride, W / stride, channels] for each of {@link #strides}, rounded up
   */
  List<Variable> forward(Variable images);

  /**
   * The channels of each map.
   *
   * @return finest map first
   */
  List<Integer> channels();

  /**
   * How many pixels of the image each map's token spans, on a side.
   *
   * @return finest map first
   */
  List<Integer> strides();

  /**
   * This network as a part of a model.
   *
   * @return itself
   */
  Module module();

  /**
   * Hands over the random numbers of the training step that comes next; networks without stochastic
   * parts ignore them.
   *
   * @param rng a stream for this step alone
   * @param firstImage what the first image is called in it: its index in the step's batch, where
   *     the batch is computed in parts
   */
  default void randomness(Rng rng, int firstImage) {}
}
