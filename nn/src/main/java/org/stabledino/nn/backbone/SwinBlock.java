package org.stabledino.nn.backbone;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * A transformer block over windows (Swin, Eq. 3): {@code x += attention(LN(x)); x += mlp(LN(x))},
 * in training each of the two left out at random for whole images (stochastic depth).
 */
final class SwinBlock extends Module {
  private final LayerNorm norm1;
  private final WindowAttention attention;
  private final LayerNorm norm2;
  private final Linear fc1;
  private final Linear fc2;
  private final int window;
  private final int shift;
  private final float dropPath;

  /**
   * A block.
   *
   * @param dim channels
   * @param heads divides dim
   * @param window side of a window
   * @param shifted whether windows are moved by half a window
   * @param dropPath the part of images for which a branch is left out in training
   */
  SwinBlock(int dim, int heads, int window, boolean shifted, float dropPath) {
    this.window = window;
    this.shift = shifted ? window / 2 : 0;
    this.dropPath = dropPath;
    norm1 = child("norm1", new LayerNorm(dim));
    attention = child("attn", new WindowAttention(dim, heads, window));
    norm2 = child("norm2", new LayerNorm(dim));
    fc1 = child("mlp.fc1", new Linear(dim, 4 * dim));
    fc2 = child("mlp.fc2", new Linear(4 * dim, dim));
  }

  /**
   * Applies the block.
   *
   * @param x shape [B, H, W, dim]
   * @param blocked see {@link Windows#blocked}, for shifted blocks
   * @param rng random numbers for this block in this step; null where nothing is random
   * @param firstImage what the first image is called in them
   * @return like x
   */
  Variable forward(Variable x, Tensor blocked, Rng rng, int firstImage) {
    try (var _ = enter()) {
      Windows windows = new Windows(window, shift, x.dim(1), x.dim(2));
      Variable parts = windows.partition(norm1.forward(x));
      Variable attended = windows.merge(attention.forward(parts, shift > 0 ? blocked : null));
      Variable y = Ops.add(x, drop(attended, rng, 0, firstImage));
      Variable hidden = Ops.gelu(fc1.forward(norm2.forward(y)));
      return Ops.add(y, drop(fc2.forward(hidden), rng, 1, firstImage));
    }
  }

  /** Zeroes the branch of some images and scales the others up, so that the mean stays. */
  private Variable drop(Variable branch, Rng rng, int which, int firstImage) {
    if (!training() || dropPath == 0) {
      return branch;
    }
    if (rng == null) {
      throw new IllegalStateException(
          "Swin: stochastic depth needs random numbers; call randomness(rng) before each training step");
    }
    Backend backend = branch.data().backend();
    Tensor factors = backend.empty(DType.FLOAT32, Shape.of(branch.dim(0), 1, 1, 1));
    backend.elementwise().dropout(rng.child(which).key(), firstImage, dropPath, factors);
    return Ops.mul(branch, Variable.constant(factors));
  }

  @Override
  protected void reset(Rng rng) {
    resetLinear(fc1, rng.child("fc1"));
    resetLinear(fc2, rng.child("fc2"));
  }

  /** The transformers' initial values: a narrow normal distribution and no bias. */
  static void resetLinear(Linear linear, Rng rng) {
    Initializers.truncatedNormal(linear.weight().data(), 0.02f, rng);
    if (linear.bias() != null) {
      Initializers.constant(linear.bias().data(), 0f);
    }
  }
}
