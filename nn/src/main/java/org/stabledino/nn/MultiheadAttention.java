package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Mask;

/**
 * Dense multi-head attention with projections of queries, keys, values and of the result
 * ("Attention Is All You Need", Sec. 3.2.2). The three input projections are one parameter, {@code
 * in_proj_weight}, as in the official checkpoints.
 *
 * {@snippet :
 * MultiheadAttention attention = new MultiheadAttention(256, 8);
 * attention.initialize(Rng.of(60));
 * Variable x = Variable.constant(Tensor.zeros(2, 900, 256));
 * Variable y = attention.forward(x, x, x, Mask.NONE);
 * assert y.shape().equals(x.shape());
 * }
 */
public final class MultiheadAttention extends Module {
  private final Parameter inProjWeight;
  private final Parameter inProjBias;
  private final Linear outProj;
  private final int embed;
  private final int heads;

  /**
   * An attention layer.
   *
   * @param embed channels E
   * @param heads H, divides E
   */
  public MultiheadAttention(int embed, int heads) {
    if (embed % heads != 0) {
      throw new IllegalArgumentException(
          "MultiheadAttention: %d channels do not split into %d heads".formatted(embed, heads));
    }
    this.inProjWeight = parameter("in_proj_weight", 3 * embed, embed);
    this.inProjBias = parameter("in_proj_bias", 3 * embed);
    this.outProj = child("out_proj", new Linear(embed, embed));
    this.embed = embed;
    this.heads = heads;
  }

  /**
   * Attends.
   *
   * @param query shape [B, Nq, E]
   * @param key shape [B, Nk, E]
   * @param value shape [B, Nk, E]
   * @param mask blocked pairs and padding of the keys; {@link Mask#NONE} for neither
   * @return shape [B, Nq, E]
   */
  public Variable forward(Variable query, Variable key, Variable value, Mask mask) {
    try (var _ = enter()) {
      Variable q;
      Variable k;
      if (query == key) {
        // One product over both projections: self attention, with or without a position code.
        Variable both = project(query, 0, 2);
        q = Ops.slice(both, -1, 0, embed);
        k = Ops.slice(both, -1, embed, 2 * embed);
      } else {
        q = project(query, 0, 1);
        k = project(key, 1, 2);
      }
      Variable v = project(value, 2, 3);
      float scale = (float) (1 / Math.sqrt((double) embed / heads));
      return outProj.forward(Ops.attention(q, k, v, heads, scale, mask, null));
    }
  }

  /** Applies the projections {@code from} to {@code to} of (query, key, value). */
  private Variable project(Variable x, int from, int to) {
    Variable weight = Ops.slice(inProjWeight, 0, from * embed, to * embed);
    Variable bias = Ops.slice(inProjBias, 0, from * embed, to * embed);
    return Ops.linear(x, weight, bias);
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.xavierUniform(inProjWeight.data(), rng.child("in_proj_weight"));
    Initializers.constant(inProjBias.data(), 0f);
    Initializers.constant(outProj.bias().data(), 0f);
  }
}
