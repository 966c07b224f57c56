package org.stabledino.nn.backbone;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Tensor;

/** Blocks over maps of one extent, every other one with shifted windows, then a patch merging. */
final class SwinStage extends Module {
  private final List<SwinBlock> blocks;
  private final PatchMerging downsample;
  private final int window;

  /**
   * A stage.
   *
   * @param dim channels
   * @param heads divides dim
   * @param window side of a window
   * @param dropPaths stochastic depth of each block
   * @param last whether no patch merging follows
   */
  SwinStage(int dim, int heads, int window, float[] dropPaths, boolean last) {
    this.window = window;
    List<SwinBlock> list = new ArrayList<>();
    for (int i = 0; i < dropPaths.length; i++) {
      list.add(new SwinBlock(dim, heads, window, i % 2 == 1, dropPaths[i]));
    }
    blocks = children("blocks", list);
    downsample = last ? null : child("downsample", new PatchMerging(dim));
  }

  /** Applies the blocks to [B, H, W, dim]; the random numbers may be null. */
  Variable forward(Variable x, Rng rng, int firstImage) {
    try (var _ = enter()) {
      Tensor blocked = new Windows(window, window / 2, x.dim(1), x.dim(2)).blocked().to(device());
      Variable y = x;
      for (int i = 0; i < blocks.size(); i++) {
        SwinBlock block = blocks.get(i);
        Variable input = y;
        Rng own = rng == null ? null : rng.child(i);
        y = GradMode.section(() -> block.forward(input, blocked, own, firstImage));
      }
      return y;
    }
  }

  /** Halves the extent and doubles the channels; not in the last stage. */
  Variable downsample(Variable x) {
    return downsample.forward(x);
  }
}
