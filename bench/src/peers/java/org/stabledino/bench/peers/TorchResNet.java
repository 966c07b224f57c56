package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * ResNet-50 from libtorch's functional ops, in channels last, which is its faster layout here.
 * Frozen batch norms are folded into the weights for inference, as ours are; in training they are
 * one multiply-add a channel.
 */
final class TorchResNet implements TorchBackbone {
  private static final long[] ONE = {1, 1};
  private static final int[] BLOCKS = {3, 4, 6, 3};

  private final Weights weights;
  private final boolean training;
  private final Map<String, Tensor[]> norms = new HashMap<>();

  TorchResNet(Weights weights, boolean training) {
    this.weights = weights;
    this.training = training;
  }

  @Override
  public List<Tensor> forward(Tensor images) {
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
    return maps;
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
      return TorchLayers.convolve(x, norm[0], norm[1], stride, padding);
    }
    Tensor y = TorchLayers.convolve(x, weights.get(path + ".weight"), null, stride, padding);
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
}
