package org.stabledino.bench.peers;

import org.bytedeco.pytorch.Tensor;

/**
 * The windows of a Swin's blocks over one map [1, H, W, C], padded with zeros to whole windows and
 * moved by a shift. Rolling and cutting are one gather of rows, and so are joining, rolling back
 * and cropping: one pass over memory, where an op for each takes three.
 */
final class TorchWindows {
  /** Added to scores of tokens that must not see each other; the published networks' value. */
  private static final float BLOCKED = -100f;

  private final int side;
  private final int shift;
  private final int height;
  private final int width;
  private final int wholeHeight;
  private final int wholeWidth;
  private final Tensor cutRows;
  private final Tensor joinRows;

  /**
   * Windows over maps of an extent.
   *
   * @param side of a window, in tokens
   * @param shift by how many tokens windows are moved down and right, coming in again above and
   *     left; 0 for none
   * @param height of the map
   * @param width of the map
   */
  TorchWindows(int side, int shift, int height, int width) {
    this.side = side;
    this.shift = shift;
    this.height = height;
    this.width = width;
    wholeHeight = Math.ceilDiv(height, side) * side;
    wholeWidth = Math.ceilDiv(width, side) * side;
    long[] cut = new long[wholeHeight * wholeWidth];
    long[] join = new long[height * width];
    for (int i = 0; i < cut.length; i++) {
      int y = y(i);
      int x = x(i);
      cut[i] = (long) y * wholeWidth + x;
      if (y < height && x < width) {
        join[y * width + x] = i;
      }
    }
    cutRows = Tensor.create(cut);
    joinRows = Tensor.create(join);
  }

  private int tokens() {
    return side * side;
  }

  private int windows() {
    return wholeHeight * wholeWidth / tokens();
  }

  /** The row on the padded map of a token, counted window by window. */
  private int y(int token) {
    int row = token / tokens() / (wholeWidth / side) * side + token % tokens() / side;
    return (row + shift) % wholeHeight;
  }

  private int x(int token) {
    int column = token / tokens() % (wholeWidth / side) * side + token % side;
    return (column + shift) % wholeWidth;
  }

  /** From [1, H, W, C] to [windows, N, C]. */
  Tensor cut(Tensor map) {
    long channels = map.size(3);
    return TorchLayers.pad(map, 0, 0, 0, wholeWidth - width, 0, wholeHeight - height)
        .view(-1, channels)
        .index_select(0, cutRows)
        .view(windows(), tokens(), channels);
  }

  /** From [windows, N, C] back to [1, H, W, C]. */
  Tensor join(Tensor windows) {
    long channels = windows.size(2);
    return windows.view(-1, channels).index_select(0, joinRows).view(1, height, width, channels);
  }

  /**
   * What is added to the scores, shape [windows, 1, N, N]: a large negative number between tokens
   * of which one came in again from the other end of the map and the other did not.
   */
  Tensor blocked() {
    int tokens = tokens();
    float[] added = new float[windows() * tokens * tokens];
    int at = 0;
    for (int window = 0; window < windows(); window++) {
      int first = window * tokens;
      for (int i = first; i < first + tokens; i++) {
        for (int j = first; j < first + tokens; j++) {
          boolean together = y(i) < shift == y(j) < shift && x(i) < shift == x(j) < shift;
          added[at++] = together ? 0 : BLOCKED;
        }
      }
    }
    return Tensor.create(added, windows(), 1, tokens, tokens);
  }
}
