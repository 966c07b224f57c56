package org.stabledino.bench.peers;

import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.tensor.AttentionKernels.Levels;

/**
 * The layers of a detection transformer from libtorch's functional ops, on tokens [B, N, C].
 *
 * @param weights by path
 * @param heads of every attention
 * @param points sampled by a head on each level
 */
record TorchLayers(Weights weights, int heads, int points) {
  static final double EPS = 1e-5;

  private static final long[] ONE = {1, 1};

  /**
   * Gives everything back that was made on the way to a result, which goes to the enclosing scope.
   * What autograd needs for a backward pass it holds itself.
   */
  static Tensor section(Supplier<Tensor> computation) {
    Tensor result;
    try (PointerScope _ = new PointerScope()) {
      result = computation.get();
      result.retainReference();
    }
    PointerScope enclosing = PointerScope.getInnerScope();
    if (enclosing != null) {
      enclosing.attach(result);
      result.releaseReference();
    }
    return result;
  }

  /** A convolution of maps [B, C, H, W]; the bias may be null. */
  static Tensor convolve(Tensor x, Tensor weight, Tensor bias, long stride, long padding) {
    return torch.conv2d(
        x,
        weight,
        Torch.optional(bias),
        new long[] {stride, stride},
        new long[] {padding, padding},
        ONE,
        1);
  }

  /** Zeros around the innermost axes, in libtorch's order; where there are none, x itself. */
  static Tensor pad(Tensor x, long... amounts) {
    boolean none = LongStream.of(amounts).allMatch(amount -> amount == 0);
    return none ? x : torch.constant_pad_nd(x, amounts);
  }

  Tensor linear(String path, Tensor x) {
    return torch.linear(
        x, weights.get(path + ".weight"), Torch.optional(weights.get(path + ".bias")));
  }

  Tensor norm(String path, Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {x.size(-1)},
        Torch.optional(weights.get(path + ".weight")),
        Torch.optional(weights.get(path + ".bias")),
        EPS,
        true);
  }

  Tensor mlp(String path, int depth, Tensor x) {
    Tensor y = x;
    for (int i = 0; i < depth; i++) {
      y = linear(path + ".layers." + i, y);
      y = i < depth - 1 ? y.relu_() : y;
    }
    return y;
  }

  /** {@code x + contract(relu(expand(x)))}, normalised. */
  Tensor feedForward(String path, String norm, Tensor x) {
    Tensor hidden = linear(path + ".layers.0.0", x).relu_();
    return norm(norm, x.add(linear(path + ".layers.1", hidden)));
  }

  /**
   * Multi-scale deformable attention by {@code grid_sample}.
   *
   * @param query shape [B, Q, C]
   * @param value shape [B, S, C]
   * @param references points [B, Q, L, 2] or boxes [B, Q, L, 4]
   */
  Tensor deformable(String path, Tensor query, Tensor value, Levels levels, Tensor references) {
    long batch = query.size(0);
    long queries = query.size(1);
    long channels = query.size(2);
    long count = levels.count();
    Tensor projected =
        linear(path + ".value_proj", value).view(batch, value.size(1), heads, channels / heads);
    Tensor offsets =
        linear(path + ".sampling_offsets", query).view(batch, queries, heads, count, points, 2);
    Tensor shares =
        torch
            .softmax(
                linear(path + ".attention_weights", query)
                    .view(batch, queries, heads, count * points),
                -1)
            .view(batch, queries, heads, count, points);
    Tensor placed = references.unsqueeze(2).unsqueeze(4);
    Tensor locations =
        references.size(-1) == 2
            ? placed.add(offsets.div(extents(levels)))
            : placed
                .narrow(-1, 0, 2)
                .add(
                    offsets
                        .div(Torch.scalar(points))
                        .mul(placed.narrow(-1, 2, 2))
                        .mul(Torch.scalar(0.5)));
    Tensor sampled = DeformablePairs.sample(projected, levels, locations, shares);
    return linear(path + ".output_proj", sampled);
  }

  /** (width, height) of every level, [1, 1, 1, L, 1, 2]. */
  private static Tensor extents(Levels levels) {
    float[] extents = new float[2 * levels.count()];
    for (int level = 0; level < levels.count(); level++) {
      extents[2 * level] = levels.widths()[level];
      extents[2 * level + 1] = levels.heights()[level];
    }
    return Tensor.create(extents, 1, 1, 1, levels.count(), 1, 2);
  }

  /**
   * Multi-head self attention by libtorch's fused kernel.
   *
   * @param placed queries and keys, [B, N, C]
   * @param value shape [B, N, C]
   * @param visible bool [N, N]; nullable
   */
  Tensor selfAttention(String path, Tensor placed, Tensor value, Tensor visible) {
    long channels = value.size(2);
    Tensor weight = weights.get(path + ".in_proj_weight");
    Tensor bias = weights.get(path + ".in_proj_bias");
    Tensor both =
        torch.linear(
            placed,
            weight.narrow(0, 0, 2 * channels),
            Torch.optional(bias.narrow(0, 0, 2 * channels)));
    Tensor values =
        torch.linear(
            value,
            weight.narrow(0, 2 * channels, channels),
            Torch.optional(bias.narrow(0, 2 * channels, channels)));
    Tensor attended =
        torch.scaled_dot_product_attention(
            split(both.narrow(2, 0, channels)),
            split(both.narrow(2, channels, channels)),
            split(values),
            Torch.optional(visible),
            0,
            false,
            new DoubleOptional(),
            false);
    Tensor joined = attended.transpose(1, 2).reshape(value.size(0), value.size(1), channels);
    return linear(path + ".out_proj", joined);
  }

  private Tensor split(Tensor x) {
    return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }
}
