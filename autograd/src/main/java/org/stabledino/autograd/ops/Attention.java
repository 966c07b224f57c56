package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * Dense multi-head attention ("Attention Is All You Need", Eq. 1): {@code Y = P V} with {@code P =
 * softmax(scale Q K^T + mask)} for each head, a head being D neighbouring channels.
 *
 * <p>{@code dV = P^T dY}; with {@code dP = dY V^T} and {@code dS = P (dP - rowsum(P dP))}: {@code
 * dQ = scale dS K}, {@code dK = scale dS^T Q}, and dS is the gradient of the bias. P is not stored
 * but computed again from the logarithm of its rows' denominators.
 */
public final class Attention extends Function {
  private final Variable q;
  private final Variable k;
  private final Variable v;
  private final Variable bias;
  private final int heads;
  private final float scale;
  private final Mask mask;
  private Tensor logSumExp;

  private Attention(
      Variable q, Variable k, Variable v, int heads, float scale, Mask mask, Variable bias) {
    super(q, k, v, bias);
    this.q = q;
    this.k = k;
    this.v = v;
    this.heads = heads;
    this.scale = scale;
    this.mask = mask;
    this.bias = bias;
  }

  /**
   * Dense multi-head attention.
   *
   * @param q shape [B, Nq, H*D]
   * @param k shape [B, Nk, H*D]
   * @param v shape [B, Nk, H*D]
   * @param heads H
   * @param scale usually {@code 1 / sqrt(D)}
   * @param mask blocked pairs, padding of the keys, and possibly a constant bias
   * @param bias a bias that is learned, shape [G, H, Nq, Nk] with G dividing B, instead of the
   *     mask's; nullable
   * @return shape [B, Nq, H*D]
   */
  public static Variable apply(
      Variable q, Variable k, Variable v, int heads, float scale, Mask mask, Variable bias) {
    ShapeMismatchException.check("attention", "q", q.data(), -1, -1, -1);
    if (heads < 1 || q.dim(2) % heads != 0) {
      throw new ShapeMismatchException(
          "attention",
          "q",
          "[B, Nq, C] with C a multiple of %d heads".formatted(heads),
          q.shape().toString(),
          "");
    }
    ShapeMismatchException.check("attention", "k", k.data(), q.dim(0), -1, q.dim(2));
    ShapeMismatchException.check("attention", "v", v.data(), q.dim(0), k.dim(1), q.dim(2));
    Mask whole = bias == null ? mask : new Mask(mask.blocked(), mask.keyPadding(), bias.data());
    if (bias != null && mask.bias() != null) {
      throw new IllegalArgumentException(
          "attention: the mask holds a constant bias and a learned one is given; add them first");
    }
    check(whole, q.dim(0), heads, q.dim(1), k.dim(1));
    return new Attention(q, k, v, heads, scale, whole, bias).run();
  }

  private static void check(Mask mask, int batch, int heads, int queries, int keys) {
    if (mask.blocked() != null) {
      ShapeMismatchException.check("attention", "mask.blocked", mask.blocked(), queries, keys);
      Types.check("attention", "mask.blocked", mask.blocked(), DType.BOOL);
    }
    if (mask.keyPadding() != null) {
      ShapeMismatchException.check("attention", "mask.keyPadding", mask.keyPadding(), batch, keys);
      Types.check("attention", "mask.keyPadding", mask.keyPadding(), DType.BOOL);
    }
    if (mask.bias() != null) {
      ShapeMismatchException.check("attention", "bias", mask.bias(), -1, heads, queries, keys);
      if (mask.bias().dim(0) < 1 || batch % mask.bias().dim(0) != 0) {
        throw new ShapeMismatchException(
            "attention",
            "bias",
            "[G, %d, %d, %d] with G dividing the batch of %d"
                .formatted(heads, queries, keys, batch),
            mask.bias().shape().toString(),
            "");
      }
    }
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(q.shape());
    if (recorded()) {
      logSumExp = save(empty(q.dim(0), heads, q.dim(1)));
    }
    backend().attention().attention(q.data(), k.data(), v.data(), heads, scale, mask, y, logSumExp);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradQ = empty(q.shape());
    Tensor gradK = empty(k.shape());
    Tensor gradV = empty(v.shape());
    Tensor gradBias = needsGrad(bias) ? empty(bias.shape()) : null;
    backend()
        .attention()
        .attentionBackward(
            gradOut, q.data(), k.data(), v.data(), heads, scale, mask, result(), logSumExp, gradQ,
            gradK, gradV, gradBias);
    accumulateOrDiscard(q, gradQ);
    accumulateOrDiscard(k, gradK);
    accumulateOrDiscard(v, gradV);
    accumulate(bias, gradBias);
  }

  private void accumulateOrDiscard(Variable input, Tensor grad) {
    if (needsGrad(input)) {
      accumulate(input, grad);
    } else {
      discard(grad);
    }
  }
}
