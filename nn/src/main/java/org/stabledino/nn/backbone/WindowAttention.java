package org.stabledino.nn.backbone;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Self attention inside windows with a learned bias for each relative position (Swin, Eq. 4):
 * {@code softmax(Q K^T / sqrt(D) + B) V}.
 */
final class WindowAttention extends Module {
  private final Parameter biasTable;
  private Tensor biasIndices;
  private final Linear qkv;
  private final Linear proj;
  private final int heads;
  private final int tokens;

  /**
   * An attention layer.
   *
   * @param dim channels
   * @param heads divides dim
   * @param window side of a window
   */
  WindowAttention(int dim, int heads, int window) {
    int offsets = 2 * window - 1;
    this.heads = heads;
    this.tokens = window * window;
    biasTable = parameter("relative_position_bias_table", offsets * offsets, heads);
    int[] index = new int[tokens * tokens];
    long[] official = new long[index.length];
    for (int i = 0; i < index.length; i++) {
      int from = i / tokens;
      int to = i % tokens;
      int dy = from / window - to / window + window - 1;
      int dx = from % window - to % window + window - 1;
      index[i] = dy * offsets + dx;
      official[i] = index[i];
    }
    biasIndices = Tensor.of(index, index.length);
    buffer("relative_position_index", Tensor.of(official, tokens, tokens));
    qkv = child("qkv", new Linear(dim, 3 * dim));
    proj = child("proj", new Linear(dim, dim));
  }

  /**
   * Attends inside each window.
   *
   * @param x shape [windows, N, dim]
   * @param blocked added to the scores, shape [G, 1, N, N]; nullable
   * @return like x
   */
  Variable forward(Variable x, Tensor blocked) {
    try (var _ = enter()) {
      int dim = x.dim(2);
      Variable all = qkv.forward(x);
      Variable y =
          Ops.attention(
              Ops.slice(all, -1, 0, dim),
              Ops.slice(all, -1, dim, 2 * dim),
              Ops.slice(all, -1, 2 * dim, 3 * dim),
              heads,
              (float) (1 / Math.sqrt((double) dim / heads)),
              Mask.NONE,
              bias(blocked));
      return proj.forward(y);
    }
  }

  /** The bias of each pair of tokens, shape [1 or G, H, N, N]. */
  private Variable bias(Tensor blocked) {
    Variable pairs = Ops.embedding(biasTable, biasIndices);
    Variable bias = Ops.reshape(Ops.permute(pairs, 1, 0), 1, heads, tokens, tokens);
    return blocked == null ? bias : Ops.add(bias, Variable.constant(blocked));
  }

  @Override
  protected void moved(Device target) {
    biasIndices = Scope.outsideAll(() -> biasIndices.to(target));
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.truncatedNormal(biasTable.data(), 0.02f, rng);
    SwinBlock.resetLinear(qkv, rng.child("qkv"));
    SwinBlock.resetLinear(proj, rng.child("proj"));
  }
}
