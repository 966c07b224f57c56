package org.stabledino.bench.peers;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.bench.AttentionBenchmark;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;

/**
 * The decoder's dense self attention with the mask of denoising queries beside libtorch's fused
 * kernel and beside the plain form: product, mask, softmax, product.
 */
final class AttentionPairs {
  private static final double TOLERANCE = 1e-4;
  private static final Goal GOAL = Goal.speed(1.3);
  private static final AttentionKernels KERNELS = Backend.of(Device.CPU).attention();

  private AttentionPairs() {}

  static Stream<Candidate> all() {
    return Shapes.r50(AttentionBenchmark.class)
        .flatMap(
            shape ->
                Stream.of(
                    new Candidate("attention.forward", shape, () -> new Case(shape).forward()),
                    new Candidate(
                        "attention.forwardBackward",
                        shape,
                        () -> new Case(shape).forwardBackward())));
  }

  /** The operands at one shape. */
  private static final class Case {
    private final String shape;
    private final int queries;
    private final int channels;
    private final int heads;
    private final float scale;
    private final Mask mask;
    private final org.stabledino.tensor.Tensor q;
    private final org.stabledino.tensor.Tensor k;
    private final org.stabledino.tensor.Tensor v;
    private final org.stabledino.tensor.Tensor gradOut;
    private final org.stabledino.tensor.Tensor out;
    private final org.stabledino.tensor.Tensor logSumExp;

    Case(String text) {
      NamedShape s = NamedShape.of(text);
      shape = text;
      queries = s.get(1);
      channels = s.get(2);
      heads = s.get(3);
      scale = (float) (1 / Math.sqrt(channels / (double) heads));
      mask = new Mask(AttentionBenchmark.blocked(queries), null, null);
      Inputs inputs = new Inputs();
      q = inputs.uniform(1, queries, channels);
      k = inputs.uniform(1, queries, channels);
      v = inputs.uniform(1, queries, channels);
      gradOut = inputs.uniform(1, queries, channels);
      out = inputs.uniform(1, queries, channels);
      logSumExp = inputs.uniform(1, heads, queries);
    }

    Pair forward() {
      Contestant java =
          new Contestant(
              Contestant.JAVA,
              () -> KERNELS.attention(q, k, v, heads, scale, mask, out, logSumExp),
              out::toFloats);
      Peer peer = new Peer(this, false);
      return pair(
          "attention.forward",
          2,
          java,
          List.of(
              Torch.contestant("libtorch fused", () -> peer.forward(peer::fused), Torch::floats),
              Torch.contestant("libtorch plain", () -> peer.forward(peer::plain), Torch::floats)));
    }

    Pair forwardBackward() {
      var gradQ = org.stabledino.tensor.Tensor.empty(1, queries, channels);
      var gradK = org.stabledino.tensor.Tensor.empty(1, queries, channels);
      var gradV = org.stabledino.tensor.Tensor.empty(1, queries, channels);
      Contestant java =
          new Contestant(
              Contestant.JAVA,
              () -> {
                KERNELS.attention(q, k, v, heads, scale, mask, out, logSumExp);
                KERNELS.attentionBackward(
                    gradOut, q, k, v, heads, scale, mask, out, logSumExp, gradQ, gradK, gradV,
                    null);
              },
              gradQ::toFloats);
      Peer peer = new Peer(this, true);
      Supplier<Tensor> fused = () -> peer.gradient(peer::fused);
      Supplier<Tensor> plain = () -> peer.gradient(peer::plain);
      return pair(
          "attention.forwardBackward",
          7,
          java,
          List.of(
              Torch.contestant("libtorch fused", fused, Torch::floats),
              Torch.contestant("libtorch plain", plain, Torch::floats)));
    }

    private Pair pair(String op, int products, Contestant java, List<Contestant> peers) {
      double flops = 2.0 * queries * queries * channels * products;
      Effort effort = Effort.of(flops, 2.0 * products * queries * channels);
      return new Pair(op, shape, effort, GOAL, TOLERANCE, java, peers);
    }
  }

  /** libtorch's side: q, k and v of shape [1, N, C], split into heads as a view. */
  private static final class Peer {
    private final Case c;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final Tensor gradOut;
    private final Tensor visible;
    private final Tensor added;

    Peer(Case c, boolean differentiable) {
      this.c = c;
      q = Torch.copy(c.q).requires_grad_(differentiable);
      k = Torch.copy(c.k).requires_grad_(differentiable);
      v = Torch.copy(c.v).requires_grad_(differentiable);
      gradOut = Torch.copy(c.gradOut);
      visible = Torch.copyBool(c.mask.blocked()).logical_not();
      added =
          torch
              .zeros(c.queries, c.queries)
              .masked_fill(Torch.copyBool(c.mask.blocked()), Torch.scalar(-1e30));
    }

    private Tensor heads(Tensor x) {
      return x.view(1, c.queries, c.heads, c.channels / c.heads).transpose(1, 2);
    }

    Tensor forward(BinaryOperator<Tensor> attention) {
      Tensor y = attention.apply(heads(q), heads(k));
      return y.transpose(1, 2).reshape(1, c.queries, c.channels);
    }

    Tensor gradient(BinaryOperator<Tensor> attention) {
      return Torch.gradients(forward(attention), gradOut, q, k, v).get(0);
    }

    Tensor fused(Tensor query, Tensor key) {
      return torch.scaled_dot_product_attention(
          query,
          key,
          heads(v),
          Torch.optional(visible),
          0,
          false,
          new DoubleOptional(c.scale),
          false);
    }

    Tensor plain(Tensor query, Tensor key) {
      Tensor scores = torch.matmul(query.mul(Torch.scalar(c.scale)), key.transpose(-2, -1));
      return torch.matmul(torch.softmax(scores.add(added), -1), heads(v));
    }
  }
}
