package org.stabledino.nn.backbone;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Rng;

/** Joins the channels of 2x2 neighbouring tokens and halves them (Swin, Sec. 3.1). */
final class PatchMerging extends Module {
  private final Linear reduction;
  private final LayerNorm norm;

  /** From dim to 2 dim channels. */
  PatchMerging(int dim) {
    reduction = child("reduction", new Linear(4 * dim, 2 * dim, false));
    norm = child("norm", new LayerNorm(4 * dim));
  }

  /**
   * From [B, H, W, dim] to [B, ceil(H / 2), ceil(W / 2), 2 dim]; odd extents get a row of zeros.
   */
  Variable forward(Variable x) {
    try (var _ = enter()) {
      Variable y = x;
      if (y.dim(1) % 2 == 1) {
        y = Ops.pad(y, 1, 0, 1);
      }
      if (y.dim(2) % 2 == 1) {
        y = Ops.pad(y, 2, 0, 1);
      }
      int batch = y.dim(0);
      int rows = y.dim(1) / 2;
      int columns = y.dim(2) / 2;
      int dim = y.dim(3);
      y = Ops.reshape(y, batch, rows, 2, columns, 2, dim);
      // The official order of the four neighbours runs down each column first.
      y = Ops.permute(y, 0, 1, 3, 4, 2, 5);
      y = Ops.reshape(y, batch, rows, columns, 4 * dim);
      return reduction.forward(norm.forward(y));
    }
  }

  @Override
  protected void reset(Rng rng) {
    SwinBlock.resetLinear(reduction, rng);
  }
}
