package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * ResNet-50 and the neck from libtorch's functional ops, in channels last, which is its faster
 * layout here. Frozen batch norms are folded into the weights for inference, as ours are; in
 * training they are one multiply-add a channel.
 */
final class TorchResNet {
  private static final long[] ONE = {1, 1};
  private static final int[] BLOCKS = {3, 4, 6, 3};
  private static final long GROUPS = 32;

  private final Weights weights;
  private final boolean training;
  private final Map<String, Tensor[]> norms = new HashMap<>();

  TorchResNet(Weights weights, boolean training) {
    this.weights = weights;
    this.training = training;
  }

  /** From images [B, 3, H, W] to the neck's four maps, fine to coarse. */
  List<Tensor> forward(Tensor images) {
    Tensor x =
        TorchLayers.section(
            () ->
                torch.max_pool2d(
                    convNorm("backbone.stem.conv1", images, 2, 3).relu_(),
                    new long[] {3, 3},
                    new long[] {2, 2},
                    ONE,
                    ONE,
                    false));
    List<Tensor> maps = new ArrayList<>();
    for (int stage = 0; stage < BLOCKS.length; stage++) {
      for (int block = 0; block < BLOCKS[stage]; block++) {
        String path = "backbone.res" + (stage + 2) + "." + block;
        Tensor in = x;
        int stride = stage > 0 && block == 0 ? 2 : 1;
        boolean first = block == 0;
        x = TorchLayers.section(() -> bottleneck(path, in, stride, first));
      }
      if (stage > 0) {
        maps.add(x);
      }
    }
    return neck(maps);
  }

  private Tensor bottleneck(String path, Tensor x, int stride, boolean first) {
    Tensor y = convNorm(path + ".conv1", x, 1, 0).relu_();
    y = convNorm(path + ".conv2", y, stride, 1).relu_();
    y = convNorm(path + ".conv3", y, 1, 0);
    Tensor shortcut = first ? convNorm(path + ".shortcut", x, stride, 0) : x;
    return y.add_(shortcut).relu_();
  }

  private Tensor convNorm(String path, Tensor x, long stride, long padding) {
    Tensor[] norm = norms.computeIfAbsent(path, this::norm);
    if (!training) {
      return convolve(x, norm[0], norm[1], stride, padding);
    }
    Tensor y = convolve(x, weights.get(path + ".weight"), null, stride, padding);
    return torch.addcmul(norm[1], y, norm[0]);
  }

  /** Factor and summand [1, C, 1, 1]; for inference folded weight and bias. */
  private Tensor[] norm(String path) {
    return new Tensor[] {scale(path), shift(path)};
  }

  private Tensor factor(String path) {
    return weights
        .get(path + ".norm.weight")
        .div(weights.get(path + ".norm.running_var").add(Torch.scalar(TorchLayers.EPS)).sqrt());
  }

  private Tensor scale(String path) {
    return detached(
        () ->
            training
                ? factor(path).view(1, -1, 1, 1)
                : weights
                    .get(path + ".weight")
                    .mul(factor(path).view(-1, 1, 1, 1))
                    .contiguous(torch.MemoryFormat.ChannelsLast));
  }

  private Tensor shift(String path) {
    return detached(
        () -> {
          Tensor shift =
              weights
                  .get(path + ".norm.bias")
                  .sub(weights.get(path + ".norm.running_mean").mul(factor(path)));
          return training ? shift.view(1, -1, 1, 1) : shift;
        });
  }

  /** Computes what outlives every scope. */
  private static Tensor detached(Supplier<Tensor> computation) {
    return Torch.outsideScopes(() -> computation.get().detach());
  }

  private static Tensor convolve(Tensor x, Tensor weight, Tensor bias, long stride, long padding) {
    return torch.conv2d(
        x,
        weight,
        Torch.optional(bias),
        new long[] {stride, stride},
        new long[] {padding, padding},
        ONE,
        1);
  }

  private List<Tensor> neck(List<Tensor> maps) {
    List<Tensor> levels = new ArrayList<>();
    for (int i = 0; i < maps.size(); i++) {
      levels.add(level("neck.convs." + i, maps.get(i), 1, 0));
    }
    levels.add(level("neck.extra_convs.0", maps.getLast(), 2, 1));
    return levels;
  }

  private Tensor level(String path, Tensor x, long stride, long padding) {
    Tensor y =
        convolve(
            x,
            weights.get(path + ".conv.weight"),
            weights.get(path + ".conv.bias"),
            stride,
            padding);
    return torch.group_norm(
        y,
        GROUPS,
        Torch.optional(weights.get(path + ".norm.weight")),
        Torch.optional(weights.get(path + ".norm.bias")),
        TorchLayers.EPS,
        true);
  }
}
