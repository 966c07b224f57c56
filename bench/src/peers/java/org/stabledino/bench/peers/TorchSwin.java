package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.nn.backbone.SwinConfig;

/**
 * A Swin transformer from libtorch's functional ops, for inference on one image. Tokens are rows
 * [1, H, W, C] throughout, which no linear layer copies.
 *
 * <p>What is added to the scores, the bias of relative positions and the mask of shifted windows,
 * depends on weights and extents alone and is computed once, outside of timing; ours computes it in
 * every pass.
 */
final class TorchSwin implements TorchBackbone {
  private static final int PATCH = 4;
  private static final int STAGES = 4;

  private final TorchLayers layers;
  private final Weights weights;
  private final SwinConfig config;
  private final List<TorchWindows> plain = new ArrayList<>();
  private final List<TorchWindows> shifted = new ArrayList<>();
  private final Map<String, Tensor> added = new HashMap<>();

  /**
   * A network for images of one extent.
   *
   * @param layers with the weights
   * @param config its shape
   * @param height of the image, pixels
   * @param width of the image, pixels
   */
  TorchSwin(TorchLayers layers, SwinConfig config, int height, int width) {
    this.layers = layers;
    this.config = config;
    weights = layers.weights();
    int side = config.window();
    for (int stage = 0; stage < STAGES; stage++) {
      int rows = Math.ceilDiv(height, PATCH << stage);
      int columns = Math.ceilDiv(width, PATCH << stage);
      plain.add(new TorchWindows(side, 0, rows, columns));
      shifted.add(new TorchWindows(side, side / 2, rows, columns));
      for (int block = 0; block < config.depths().get(stage); block++) {
        String path = blockPath(stage, block);
        boolean moved = block % 2 == 1;
        Tensor mask = moved ? shifted.get(stage).blocked() : null;
        added.put(path, Torch.outsideScopes(() -> added(path + ".attn", mask)));
      }
    }
  }

  private static String blockPath(int stage, int block) {
    return "backbone.layers." + stage + ".blocks." + block;
  }

  @Override
  public List<Tensor> forward(Tensor images) {
    Tensor x = TorchLayers.section(() -> patches(images));
    List<Tensor> maps = new ArrayList<>();
    for (int stage = 0; stage < STAGES; stage++) {
      for (int block = 0; block < config.depths().get(stage); block++) {
        String path = blockPath(stage, block);
        TorchWindows windows = (block % 2 == 0 ? plain : shifted).get(stage);
        int heads = config.heads().get(stage);
        Tensor in = x;
        x = TorchLayers.section(() -> block(path, in, heads, windows));
      }
      if (stage >= config.firstOutput()) {
        maps.add(layers.norm("backbone.norm" + stage, x).permute(0, 3, 1, 2));
      }
      if (stage < STAGES - 1) {
        String path = "backbone.layers." + stage + ".downsample";
        Tensor in = x;
        x = TorchLayers.section(() -> merge(path, in));
      }
    }
    return maps;
  }

  /** From pixels [1, 3, H, W] to tokens [1, H / 4, W / 4, C], rounded up. */
  private Tensor patches(Tensor images) {
    Tensor padded =
        TorchLayers.pad(
            images,
            0,
            Math.floorMod(-images.size(3), PATCH),
            0,
            Math.floorMod(-images.size(2), PATCH));
    Tensor map =
        TorchLayers.convolve(
            padded,
            weights.get("backbone.patch_embed.proj.weight"),
            weights.get("backbone.patch_embed.proj.bias"),
            PATCH,
            0);
    return layers.norm("backbone.patch_embed.norm", map.permute(0, 2, 3, 1));
  }

  private Tensor block(String path, Tensor x, int heads, TorchWindows windows) {
    Tensor parts = windows.cut(layers.norm(path + ".norm1", x));
    Tensor attended = attention(path + ".attn", parts, heads, added.get(path));
    Tensor y = windows.join(attended).add_(x);
    Tensor hidden = torch.gelu_(layers.linear(path + ".mlp.fc1", layers.norm(path + ".norm2", y)));
    return layers.linear(path + ".mlp.fc2", hidden).add_(y);
  }

  /** Self attention inside windows [windows, N, C] by libtorch's fused kernel. */
  private Tensor attention(String path, Tensor x, int heads, Tensor addedToScores) {
    long windows = x.size(0);
    long tokens = x.size(1);
    long channels = x.size(2);
    Tensor all = layers.linear(path + ".qkv", x).view(windows, tokens, 3, heads, channels / heads);
    Tensor split = all.permute(2, 0, 3, 1, 4);
    Tensor attended =
        torch.scaled_dot_product_attention(
            split.select(0, 0),
            split.select(0, 1),
            split.select(0, 2),
            Torch.optional(addedToScores.expand(windows, -1, -1, -1)),
            0,
            false,
            new DoubleOptional(),
            false);
    return layers.linear(
        path + ".proj", attended.transpose(1, 2).reshape(windows, tokens, channels));
  }

  /** Bias and mask of a block, [1 or windows, heads, N, N]. */
  private Tensor added(String path, Tensor mask) {
    int side = config.window();
    int tokens = side * side;
    int offsets = 2 * side - 1;
    long[] pairs = new long[tokens * tokens];
    for (int i = 0; i < pairs.length; i++) {
      int from = i / tokens;
      int to = i % tokens;
      int dy = from / side - to / side;
      int dx = from % side - to % side;
      pairs[i] = (long) (dy + side - 1) * offsets + dx + side - 1;
    }
    Tensor bias =
        weights
            .get(path + ".relative_position_bias_table")
            .detach()
            .index_select(0, Tensor.create(pairs))
            .view(1, tokens, tokens, -1)
            .permute(0, 3, 1, 2)
            .contiguous();
    return mask == null ? bias : bias.add(mask);
  }

  /** Patch merging; the four neighbours' channels follow one another down each column first. */
  private Tensor merge(String path, Tensor x) {
    Tensor even = TorchLayers.pad(x, 0, 0, 0, x.size(2) % 2, 0, x.size(1) % 2);
    long rows = even.size(1) / 2;
    long columns = even.size(2) / 2;
    long channels = even.size(3);
    Tensor joined =
        even.view(1, rows, 2, columns, 2, channels)
            .permute(0, 1, 3, 4, 2, 5)
            .reshape(1, rows, columns, 4 * channels);
    return torch.linear(
        layers.norm(path + ".norm", joined), weights.get(path + ".reduction.weight"));
  }
}
