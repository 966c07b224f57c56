package org.stabledino.bench.ladder;

import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * The 3 x 3 convolution of stride 1 with zeros around the map: {@code y[i, j, o] = sum over (u, v,
 * c) of x[i + u - 1, j + v - 1, c] weight[o, c, u, v]}, for maps [H, W, C].
 */
public class ConvolutionLadder extends Ladder {
  /** N x H x W of the map, Cin -> Cout: ResNet's third stage on an image of 400 x 672. */
  @Param({"small 1x6x12 32->32", "r50.res3.conv2 1x50x84 128->128"})
  public String shape;

  private int height;
  private int width;
  private int inputs;
  private int outputs;
  private float[] x;
  private float[] weight;
  private float[] y;
  private float[] windows;
  private Tensor map;
  private Tensor filter;
  private Tensor out;
  private ConvolutionKernels kernels;

  /** A ladder whose shape is not set yet. */
  public ConvolutionLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    height = s.get(1);
    width = s.get(2);
    inputs = s.get(3);
    outputs = s.get(4);
    Tile.checkFits("W", width, Tile.ROWS);
    Tile.checkFits("Cin", inputs, Tile.LANES);
    Tile.checkFits("Cout", outputs, Tile.COLUMNS);
    Inputs random = new Inputs();
    map = random.uniform(1, height, width, inputs);
    filter = random.uniform(outputs, inputs, 3, 3);
    out = Tensor.empty(1, height, width, outputs);
    x = map.floats();
    weight = filter.floats();
    y = out.floats();
    windows = new float[height * width * 9 * inputs];
    kernels = Backend.of(Device.CPU).convolution();
  }

  @Override
  public double flops() {
    return 2 * 9 * NamedShape.of(shape).count();
  }

  @Override
  public double bytes(String rung) {
    NamedShape s = NamedShape.of(shape);
    double positions = (double) s.get(1) * s.get(2);
    double in = positions * s.get(3);
    double once = in + positions * s.get(4) + 9.0 * s.get(3) * s.get(4);
    double between = rung.equals("unrolled") ? 2 * 9 * in : 0;
    return 4 * (once + between);
  }

  @Override
  public float[][] results() {
    return new float[][] {y};
  }

  // 1 ----------------------------------------------------------------------------------------
  // As the formula is read. Weights lie as checkpoints keep them, [Cout, Cin, 3, 3], so that a sum
  // over channels jumps nine floats a step, and every addition waits for the one before.

  /**
   * Position, output, window, channel.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 1, title = "the definition")
  public float[] definition() {
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        for (int o = 0; o < outputs; o++) {
          y[(i * width + j) * outputs + o] = window(i, j, o);
        }
      }
    }
    return y;
  }

  private float window(int i, int j, int o) {
    float sum = 0f;
    for (int u = Math.max(0, 1 - i); u < Math.min(3, height + 1 - i); u++) {
      for (int v = Math.max(0, 1 - j); v < Math.min(3, width + 1 - j); v++) {
        int from = ((i + u - 1) * width + j + v - 1) * inputs;
        for (int c = 0; c < inputs; c++) {
          sum += x[from + c] * weight[((o * inputs + c) * 3 + u) * 3 + v];
        }
      }
    }
    return sum;
  }

  // 2 ----------------------------------------------------------------------------------------
  // The outputs become the innermost loop, as the columns did in the matrix product, and the
  // weights are laid out for it once: [3, 3, Cin, Cout]. The compiler takes a vector of outputs at
  // a
  // time; the limit is again that y is read and written for each channel.

  /**
   * Position, window, channel, output.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 2, title = "inner loop along the outputs")
  public float[] alongOutputs() {
    float[] taps = taps(weight, inputs, outputs);
    Arrays.fill(y, 0f);
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        for (int u = Math.max(0, 1 - i); u < Math.min(3, height + 1 - i); u++) {
          for (int v = Math.max(0, 1 - j); v < Math.min(3, width + 1 - j); v++) {
            int from = ((i + u - 1) * width + j + v - 1) * inputs;
            for (int c = 0; c < inputs; c++) {
              int row = ((u * 3 + v) * inputs + c) * outputs;
              addRow(x[from + c], taps, row, (i * width + j) * outputs);
            }
          }
        }
      }
    }
    return y;
  }

  private void addRow(float factor, float[] taps, int row, int to) {
    for (int o = 0; o < outputs; o++) {
      y[to + o] += factor * taps[row + o];
    }
  }

  /** The weights as [3, 3, Cin, Cout]. */
  static float[] taps(float[] weight, int inputs, int outputs) {
    float[] taps = new float[9 * inputs * outputs];
    for (int c = 0; c < inputs; c++) {
      for (int tap = 0; tap < 9; tap++) {
        int to = (tap * inputs + c) * outputs;
        for (int o = 0; o < outputs; o++) {
          taps[to + o] = weight[(o * inputs + c) * 9 + tap];
        }
      }
    }
    return taps;
  }

  // 3 ----------------------------------------------------------------------------------------
  // A convolution is a matrix product: unroll each position's window into a row of 9 Cin numbers
  // ("im2col"), and the sum over the window is the sum of a product with [9 Cin, Cout]. All that
  // was
  // gained for matrices is gained here, for the price of a copy nine times as large as the map.

  /**
   * The windows written out as a matrix, times the weights.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 3, title = "windows unrolled, matrix product")
  public float[] unrolled() {
    int length = 9 * inputs;
    Arrays.fill(windows, 0f);
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        for (int u = Math.max(0, 1 - i); u < Math.min(3, height + 1 - i); u++) {
          for (int v = Math.max(0, 1 - j); v < Math.min(3, width + 1 - j); v++) {
            int from = ((i + u - 1) * width + j + v - 1) * inputs;
            int to = (i * width + j) * length + (u * 3 + v) * inputs;
            System.arraycopy(x, from, windows, to, inputs);
          }
        }
      }
    }
    Arrays.fill(y, 0f);
    Tile.multiply(height * width, outputs, length, windows, 0, length, panels(), 0, y, 0, outputs);
    return y;
  }

  private float[] panels() {
    float[] panels = new float[9 * inputs * outputs];
    Tile.pack(taps(weight, inputs, outputs), 0, outputs, 9 * inputs, outputs, panels, 0);
    return panels;
  }

  // 4 ----------------------------------------------------------------------------------------
  // The tile asks its rows to start anywhere; they may even overlap. With channels last, a line of
  // a
  // window is 3 Cin neighbouring floats of the map, and the window to its right starts Cin later.
  // So
  // the map itself, with a frame of zeros around it, is the matrix, and three products of 3 Cin,
  // one for each line of the windows, replace the copy.

  /**
   * Windows of the map as rows of the tile.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 4, title = "tiles on the map itself")
  public float[] direct() {
    float[] framed = framed();
    float[] panels = panels();
    int line = (width + 2) * inputs;
    int depth = 3 * inputs;
    Arrays.fill(y, 0f);
    for (int o = 0; o < outputs; o += Tile.COLUMNS) {
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j += Tile.ROWS) {
          int to = (i * width + j) * outputs + o;
          for (int u = 0; u < 3; u++) {
            int from = (i + u) * line + j * inputs;
            int panel = o * 9 * inputs + u * depth * Tile.COLUMNS;
            Tile.add(framed, from, inputs, depth, panels, panel, Tile.COLUMNS, y, to, outputs);
          }
        }
      }
    }
    return y;
  }

  /** The map with zeros around it, [H + 2, W + 2, Cin]. */
  private float[] framed() {
    float[] framed = new float[(height + 2) * (width + 2) * inputs];
    for (int i = 0; i < height; i++) {
      int to = ((i + 1) * (width + 2) + 1) * inputs;
      System.arraycopy(x, i * width * inputs, framed, to, width * inputs);
    }
    return framed;
  }

  // 5 ----------------------------------------------------------------------------------------
  // So far each rung did the same multiplications. This one does a quarter of them: see
  // WinogradForm. Its rate counts the definition's all the same, so that it may pass the peak.

  /**
   * Winograd's minimal filtering F(4x4, 3x3).
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 5, title = "Winograd F(4x4, 3x3)")
  public float[] winograd() {
    new WinogradForm(height, width, inputs, outputs).run(x, weight, y);
    return y;
  }

  // 6 ----------------------------------------------------------------------------------------
  // The product's kernel: the same form with transforms that share their even and odd parts, in
  // blocks whose transformed values stay in the caches, for any sizes; it falls back to tiles on
  // the map where Winograd does not pay.

  /**
   * {@link ConvolutionKernels#conv2d}.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 6, title = "product", product = true)
  public float[] product() {
    kernels.conv2d(map, filter, null, new Window(3, 1, 1), Activation.NONE, out);
    return y;
  }
}
