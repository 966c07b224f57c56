package org.stabledino.nn.backbone;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.tensor.Tensor;

/**
 * The windows of one block over maps of one extent: cuts a map into windows after an optional
 * shift, and puts it together again.
 *
 * <p>The map is padded with zeros to whole windows and, for a shift of s, rolled by s tokens up and
 * left, so that each window of the second kind spans parts of four of the first. Windows at the
 * lower and right edge then hold tokens from opposite ends of the map, which must not see each
 * other.
 */
final class Windows {
  /** Added to scores of tokens that must not see each other; the published networks' value. */
  private static final float BLOCKED = -100f;

  private final int side;
  private final int shift;
  private final int height;
  private final int width;
  private final int rows;
  private final int columns;

  /**
   * Windows over maps of an extent.
   *
   * @param side of a window, in tokens
   * @param shift by how many tokens windows are moved; 0 for none
   * @param height of the map
   * @param width of the map
   */
  Windows(int side, int shift, int height, int width) {
    this.side = side;
    this.shift = shift;
    this.height = height;
    this.width = width;
    this.rows = Math.ceilDiv(height, side);
    this.columns = Math.ceilDiv(width, side);
  }

  /** From [B, H, W, C] to [B * windows, side * side, C]; an image's windows are neighbours. */
  Variable partition(Variable x) {
    Variable y = x;
    if (rows * side > height) {
      y = Ops.pad(y, 1, 0, rows * side - height);
    }
    if (columns * side > width) {
      y = Ops.pad(y, 2, 0, columns * side - width);
    }
    if (shift > 0) {
      y = Ops.roll(Ops.roll(y, 1, -shift), 2, -shift);
    }
    int channels = x.dim(3);
    y = Ops.reshape(y, x.dim(0), rows, side, columns, side, channels);
    y = Ops.permute(y, 0, 1, 3, 2, 4, 5);
    return Ops.reshape(y, -1, side * side, channels);
  }

  /** From [B * windows, side * side, C] back to [B, H, W, C]. */
  Variable merge(Variable windows) {
    int channels = windows.dim(2);
    int batch = windows.dim(0) / (rows * columns);
    Variable y = Ops.reshape(windows, batch, rows, columns, side, side, channels);
    y = Ops.permute(y, 0, 1, 3, 2, 4, 5);
    y = Ops.reshape(y, batch, rows * side, columns * side, channels);
    if (shift > 0) {
      y = Ops.roll(Ops.roll(y, 1, shift), 2, shift);
    }
    if (rows * side > height) {
      y = Ops.slice(y, 1, 0, height);
    }
    if (columns * side > width) {
      y = Ops.slice(y, 2, 0, width);
    }
    return y;
  }

  /**
   * What is added to the scores of shifted windows, shape [windows, 1, N, N] with N = side * side:
   * 0 between tokens of one region, a large negative number otherwise.
   */
  Tensor blocked() {
    int tokens = side * side;
    Tensor mask = Tensor.zeros(rows * columns, 1, tokens, tokens);
    int[] region = new int[tokens];
    int at = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        for (int i = 0; i < tokens; i++) {
          int y = band(row * side + i / side, rows * side);
          int x = band(column * side + i % side, columns * side);
          region[i] = 3 * y + x;
        }
        for (int i = 0; i < tokens; i++) {
          for (int j = 0; j < tokens; j++) {
            mask.floats()[mask.offset() + at++] = region[i] == region[j] ? 0f : BLOCKED;
          }
        }
      }
    }
    return mask;
  }

  /** 0 before the last window, 1 in the part of it that did not wrap around, 2 in the rest. */
  private int band(int position, int extent) {
    if (position < extent - side) {
      return 0;
    }
    return position < extent - shift ? 1 : 2;
  }
}
