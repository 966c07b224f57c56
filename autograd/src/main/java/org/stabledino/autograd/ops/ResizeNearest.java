package org.stabledino.autograd.ops;

import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/**
 * Nearest-neighbour resizing of a feature map as PyTorch's {@code interpolate(mode="nearest")}:
 * result pixel i is pixel {@code floor(i * in / out)}, the ratio in float32. A gather of tokens.
 */
public final class ResizeNearest {
  private ResizeNearest() {}

  /**
   * The resized map.
   *
   * @param x shape [N, H, W, C]
   * @param height of the result
   * @param width of the result
   * @return shape [N, height, width, C]
   */
  public static Variable apply(Variable x, int height, int width) {
    int images = x.dim(0);
    int[] rows = sources(x.dim(1), height);
    int[] columns = sources(x.dim(2), width);
    int[] tokens = new int[images * height * width];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = rows[i / width % height] * x.dim(2) + columns[i % width];
    }
    Variable gathered =
        Ops.gatherRows(
            Ops.reshape(x, images, x.dim(1) * x.dim(2), x.dim(3)),
            Tensor.of(tokens, images, height * width).to(x.data().device()));
    return Ops.reshape(gathered, images, height, width, x.dim(3));
  }

  private static int[] sources(int in, int out) {
    float scale = (float) in / out;
    int[] sources = new int[out];
    for (int i = 0; i < out; i++) {
      sources[i] = Math.min((int) Math.floor(i * scale), in - 1);
    }
    return sources;
  }
}
