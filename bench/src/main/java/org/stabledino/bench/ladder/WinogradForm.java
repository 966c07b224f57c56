package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.LANES;
import static org.stabledino.bench.ladder.Tile.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * A 3 x 3 convolution by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, "Fast Algorithms
 * for Convolutional Neural Networks", CVPR 2016), as plainly as it can be written.
 *
 * <p>Why it works: the product of two polynomials is known from their values at a few points, and
 * at a point it is the product of two numbers. Four neighbouring results of a line are the upper
 * coefficients of such a product, of six inputs and three weights, so that six multiplications at
 * six points replace twelve. In two dimensions, 36 replace 144:
 *
 * <pre>  Y = A^T [(G g G^T) * (B^T d B)] A        * element by element</pre>
 *
 * <p>with d the 6 x 6 inputs under a tile of 4 x 4 results Y, and g the 3 x 3 weights. The
 * transforms are linear, so the sum over channels may be taken between them: for each of the 36
 * places of a tile, all tiles and channels make a matrix product [tiles, Cin] [Cin, Cout]. Two of
 * the three transforms are done once for many products, which is why it pays with many channels.
 *
 * <p>The points are 0, a, -a, b, -b and infinity with a² = 1/2 and b² = 2, as in the product's
 * kernel, whose comment has the matrices for any a and b.
 */
final class WinogradForm {
  private static final float A = (float) Math.sqrt(0.5);
  private static final float B = (float) Math.sqrt(2);

  /** B^T: six inputs of a line to six points. */
  private static final float[][] INPUT = {
    {1, 0, -2.5f, 0, 1, 0},
    {0, -A * 2, -2, A, 1, 0},
    {0, A * 2, -2, -A, 1, 0},
    {0, -B / 2, -0.5f, B, 1, 0},
    {0, B / 2, -0.5f, -B, 1, 0},
    {0, 1, 0, -2.5f, 0, 1}
  };

  /** A^T: six points to four results of a line. */
  private static final float[][] RESULT = {
    {1, 1, 1, 1, 1, 0},
    {0, A, -A, B, -B, 0},
    {0, 0.5f, 0.5f, 2, 2, 0},
    {0, A / 2, -A / 2, B * 2, -B * 2, 1}
  };

  /**
   * G: three weights of a line to six points; the first column divides by the points' distances.
   */
  private static final float[][] WEIGHTS = {
    {1, 0, 0},
    {-2f / 3, -2f / 3 * A, -1f / 3},
    {-2f / 3, 2f / 3 * A, -1f / 3},
    {1f / 6, B / 6, 1f / 3},
    {1f / 6, -B / 6, 1f / 3},
    {0, 0, 1}
  };

  /** Keeps 36 lines that are written in turn from one place of the caches. */
  private static final int SKEW = 16;

  private final int height;
  private final int width;
  private final int inputs;
  private final int outputs;
  private final int tileRows;
  private final int tileColumns;

  /** Tiles, filled up to whole register tiles. */
  private final int rows;

  WinogradForm(int height, int width, int inputs, int outputs) {
    this.height = height;
    this.width = width;
    this.inputs = inputs;
    this.outputs = outputs;
    tileRows = (height + 3) / 4;
    tileColumns = (width + 3) / 4;
    rows = (tileRows * tileColumns + Tile.ROWS - 1) / Tile.ROWS * Tile.ROWS;
  }

  /**
   * The whole convolution.
   *
   * @param x shape [H, W, Cin]
   * @param weight shape [Cout, Cin, 3, 3]
   * @param y shape [H, W, Cout]
   */
  void run(float[] x, float[] weight, float[] y) {
    float[] u = weights(weight); //  36 x packed [Cin, Cout]
    float[] v = inputs(x); //        36 x [tiles, Cin]
    float[] m = new float[36 * rows * outputs];
    for (int s = 0; s < 36; s++) {
      Tile.multiply(
          rows,
          outputs,
          inputs,
          v,
          s * rows * inputs,
          inputs,
          u,
          s * inputs * outputs,
          m,
          s * rows * outputs,
          outputs);
    }
    results(m, y);
  }

  /** G g G^T for all pairs of channels at once, packed for the products. */
  private float[] weights(float[] weight) {
    int pairs = inputs * outputs;
    float[] taps = ConvolutionLadder.taps(weight, inputs, outputs);
    int slice = pairs + SKEW;
    float[] transformed = new float[36 * slice];
    bothSides(WEIGHTS, 3, taps, 0, 3 * pairs, pairs, transformed, 0, slice, pairs);
    float[] packed = new float[36 * pairs];
    for (int s = 0; s < 36; s++) {
      Tile.pack(transformed, s * slice, outputs, inputs, outputs, packed, s * pairs);
    }
    return packed;
  }

  /** B^T d B for every tile; neighbouring tiles share two lines of inputs. */
  private float[] inputs(float[] x) {
    int line = (4 * tileColumns + 2) * inputs;
    float[] framed = new float[(4 * tileRows + 2) * line];
    for (int i = 0; i < height; i++) {
      int to = (i + 1) * line + inputs;
      System.arraycopy(x, i * width * inputs, framed, to, width * inputs);
    }
    float[] transformed = new float[36 * rows * inputs];
    for (int tile = 0; tile < tileRows * tileColumns; tile++) {
      int from = tile / tileColumns * 4 * line + tile % tileColumns * 4 * inputs;
      bothSides(
          INPUT, 6, framed, from, line, inputs, transformed, tile * inputs, rows * inputs, inputs);
    }
    return transformed;
  }

  /** A^T m A for every tile; what leaves the map is dropped. */
  private void results(float[] m, float[] y) {
    float[] tileResults = new float[16 * outputs];
    int slice = rows * outputs;
    for (int tile = 0; tile < tileRows * tileColumns; tile++) {
      bothSides(RESULT, 6, m, tile * outputs, 6 * slice, slice, tileResults, 0, outputs, outputs);
      int top = tile / tileColumns * 4;
      int left = tile % tileColumns * 4;
      for (int i = 0; i < Math.min(4, height - top); i++) {
        int to = ((top + i) * width + left) * outputs;
        int count = Math.min(4, width - left) * outputs;
        System.arraycopy(tileResults, i * 4 * outputs, y, to, count);
      }
    }
  }

  /**
   * {@code T X T^T} for {@code channels} matrices X at once: first T on the columns of X, then on
   * the rows of what that gave.
   *
   * @param t the transform, [result size, size]
   * @param x element (i, j) of all matrices from {@code xAt + i * line + j * step}
   * @param out element (i, j) of all results from {@code outAt + (i * result size + j) * outStep}
   */
  private static void bothSides(
      float[][] t,
      int size,
      float[] x,
      int xAt,
      int line,
      int step,
      float[] out,
      int outAt,
      int outStep,
      int channels) {
    float[] half = new float[t.length * size * LANES];
    for (int c = 0; c < channels; c += LANES) {
      for (int j = 0; j < size; j++) {
        for (int i = 0; i < t.length; i++) {
          combine(t[i], x, xAt + j * step + c, line, half, (i * size + j) * LANES);
        }
      }
      for (int i = 0; i < t.length; i++) {
        for (int j = 0; j < t.length; j++) {
          int to = outAt + (i * t.length + j) * outStep + c;
          combine(t[j], half, i * size * LANES, LANES, out, to);
        }
      }
    }
  }

  /** A row of the transform times vectors that are {@code step} apart. */
  private static void combine(float[] factors, float[] x, int at, int step, float[] out, int to) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int i = 0; i < factors.length; i++) {
      FloatVector factor = FloatVector.broadcast(SPECIES, factors[i]);
      sum = FloatVector.fromArray(SPECIES, x, at + i * step).fma(factor, sum);
    }
    sum.intoArray(out, to);
  }
}
