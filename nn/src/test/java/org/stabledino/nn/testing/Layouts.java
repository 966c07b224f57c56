package org.stabledino.nn.testing;

import org.stabledino.tensor.Tensor;

/** Turns recorded maps, which are channels-first, into ours and back. */
public final class Layouts {
  private Layouts() {}

  /** From [N, C, H, W] to [N, H, W, C]. */
  public static Tensor toNhwc(Tensor x) {
    int channels = x.dim(1);
    int pixels = x.dim(2) * x.dim(3);
    return Tensor.of(
        transpose(x.toFloats(), x.dim(0), channels, pixels),
        x.dim(0),
        x.dim(2),
        x.dim(3),
        channels);
  }

  /** From [N, H, W, C] to [N, C, H, W]. */
  public static Tensor toNchw(Tensor x) {
    int channels = x.dim(3);
    int pixels = x.dim(1) * x.dim(2);
    return Tensor.of(
        transpose(x.toFloats(), x.dim(0), pixels, channels),
        x.dim(0),
        channels,
        x.dim(1),
        x.dim(2));
  }

  /** From [N, rows, columns] to [N, columns, rows]. */
  private static float[] transpose(float[] from, int batch, int rows, int columns) {
    float[] to = new float[from.length];
    for (int n = 0; n < batch; n++) {
      int base = n * rows * columns;
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          to[base + c * rows + r] = from[base + r * columns + c];
        }
      }
    }
    return to;
  }
}
