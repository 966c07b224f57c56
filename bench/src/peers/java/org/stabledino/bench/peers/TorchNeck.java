package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The neck from libtorch's functional ops: a level for each map of the backbone, and a coarser one.
 *
 * @param weights by path
 * @param groups of the norms
 */
record TorchNeck(Weights weights, int groups) {

  /** From the backbone's maps to the levels, [B, C, H, W], fine to coarse; channels last. */
  List<Tensor> forward(List<Tensor> maps) {
    List<Tensor> levels = new ArrayList<>();
    for (int i = 0; i < maps.size(); i++) {
      levels.add(level("neck.convs." + i, maps.get(i), 1, 0));
    }
    levels.add(level("neck.extra_convs.0", maps.getLast(), 2, 1));
    return levels;
  }

  private Tensor level(String path, Tensor x, long stride, long padding) {
    Tensor y =
        TorchLayers.convolve(
            x,
            weights.get(path + ".conv.weight"),
            weights.get(path + ".conv.bias"),
            stride,
            padding);
    return torch.group_norm(
        y,
        groups,
        Torch.optional(weights.get(path + ".norm.weight")),
        Torch.optional(weights.get(path + ".norm.bias")),
        TorchLayers.EPS,
        true);
  }
}
