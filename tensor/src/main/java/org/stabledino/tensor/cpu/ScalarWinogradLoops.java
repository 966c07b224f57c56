package org.stabledino.tensor.cpu;

/** {@link WinogradLoops} without vector instructions: the matrices as {@link Winograd} has them. */
final class ScalarWinogradLoops implements WinogradLoops {
  private static final float A = Winograd.A;
  private static final float B = Winograd.B;
  private static final float A2 = Winograd.A2;
  private static final float B2 = Winograd.B2;
  private static final float BY_A = 1 / (2 * A2 * (A2 - B2));
  private static final float BY_B = 1 / (2 * B2 * (B2 - A2));

  /** B^T. */
  private static final float[][] INPUT = {
    {A2 * B2, 0, -A2 - B2, 0, 1, 0},
    {0, -A * B2, -B2, A, 1, 0},
    {0, A * B2, -B2, -A, 1, 0},
    {0, -A2 * B, -A2, B, 1, 0},
    {0, A2 * B, -A2, -B, 1, 0},
    {0, A2 * B2, 0, -A2 - B2, 0, 1}
  };

  /** G. */
  private static final float[][] FILTER = {
    {1 / (A2 * B2), 0, 0},
    {BY_A, A * BY_A, A2 * BY_A},
    {BY_A, -A * BY_A, A2 * BY_A},
    {BY_B, B * BY_B, B2 * BY_B},
    {BY_B, -B * BY_B, B2 * BY_B},
    {0, 0, 1}
  };

  /** A^T. */
  private static final float[][] OUTPUT = {
    {1, 1, 1, 1, 1, 0},
    {0, A, -A, B, -B, 0},
    {0, A2, A2, B2, B2, 0},
    {0, A2 * A, -A2 * A, B2 * B, -B2 * B, 1}
  };

  @Override
  public void input(
      float[] d,
      int dAt,
      int line,
      int step,
      int channels,
      boolean packed,
      float[] v,
      int vAt,
      int slice) {
    float[] result = new float[Winograd.PRODUCTS];
    for (int c = 0; c < channels; c++) {
      bothSides(INPUT, d, dAt + c, line, step, result);
      int to = vAt + (packed ? TileLoops.packedAt(0, c) : c);
      for (int s = 0; s < result.length; s++) {
        v[to + s * slice] = result[s];
      }
    }
  }

  @Override
  public void filter(float[] g, int gAt, int step, int outputs, float[] u, int uAt, int slice) {
    float[] result = new float[Winograd.PRODUCTS];
    for (int c = 0; c < outputs; c++) {
      bothSides(FILTER, g, gAt + c, 3 * step, step, result);
      for (int s = 0; s < result.length; s++) {
        u[uAt + s * slice + c] = result[s];
      }
    }
  }

  @Override
  public void output(
      float[] m,
      int mAt,
      int slice,
      float[] bias,
      int biasAt,
      float least,
      int outputs,
      float[] y,
      int yAt,
      int line,
      int step) {
    float[] result = new float[Winograd.RESULTS * Winograd.RESULTS];
    for (int c = 0; c < outputs; c++) {
      bothSides(OUTPUT, m, mAt + c, Winograd.VALUES * slice, slice, result);
      for (int i = 0; i < result.length; i++) {
        int at = yAt + i / Winograd.RESULTS * line + i % Winograd.RESULTS * step + c;
        y[at] = Math.max(least, result[i] + bias[biasAt + c]);
      }
    }
  }

  /** {@code result = T X T^T}, with x a square as wide as T. */
  private static void bothSides(
      float[][] t, float[] x, int at, int line, int step, float[] result) {
    int width = t[0].length;
    float[] half = new float[t.length * width];
    for (int i = 0; i < half.length; i++) {
      for (int k = 0; k < width; k++) {
        half[i] += t[i / width][k] * x[at + k * line + i % width * step];
      }
    }
    for (int i = 0; i < result.length; i++) {
      float sum = 0;
      for (int k = 0; k < width; k++) {
        sum += t[i % t.length][k] * half[i / t.length * width + k];
      }
      result[i] = sum;
    }
  }
}
