package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stabledino.tensor.ContractData.assertNear;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.tensor.ConvolutionKernels.Window;

/** What every backend's {@link ConvolutionKernels} compute, against plain loops in double. */
public abstract class BackendContractConvolution extends BackendContract {

  @ParameterizedTest
  @CsvSource({
    // images, height, width, inputs, outputs, kernel, stride, padding
    "1,1,1,1,1,1,1,0",
    "2,5,7,3,5,3,1,1",
    "2,19,23,3,16,7,2,3",
    "2,16,16,16,16,3,1,1",
    "1,33,31,8,24,3,2,1",
    "2,12,9,32,64,1,1,0",
    "1,13,11,20,33,1,2,0",
    "1,8,8,128,128,3,1,1",
    "2,13,18,32,48,3,1,1",
    "1,21,9,20,33,3,1,0",
    "1,10,11,33,20,3,1,2",
    "3,6,5,4,9,2,2,0",
    "1,9,10,5,7,5,3,4",
    "1,4,4,6,6,1,1,1",
    "1,5,6,0,7,3,1,1",
    "1,7,7,2,3,1,3,1",
    "1,40,300,8,8,3,1,1",
    "1,16,12,3,96,4,4,0"
  })
  void convolution(
      int images, int height, int width, int inputs, int outputs, int k, int stride, int padding) {
    ContractData data = new ContractData(this, height * 100L + inputs);
    Window window = new Window(k, stride, padding);
    int rows = window.output(height);
    int columns = window.output(width);
    Tensor x = data.normal(0, images, height, width, inputs);
    Tensor weight = data.normal(0, outputs, inputs, k, k);
    Tensor bias = data.normal(0, outputs);
    Tensor gradOut = data.normal(0, images, rows, columns, outputs);
    Tensor plain = data.dirty(images, rows, columns, outputs);
    Tensor out = data.dirty(images, rows, columns, outputs);
    Tensor gradX = data.dirty(images, height, width, inputs);
    Tensor gradWeight = data.dirty(outputs, inputs, k, k);
    ConvolutionKernels kernels = backend().convolution();
    kernels.conv2d(x, weight, null, window, Activation.NONE, plain);
    kernels.conv2d(x, weight, bias, window, Activation.RELU, out);
    kernels.conv2dBackwardInput(gradOut, weight, window, gradX);
    kernels.conv2dBackwardWeight(gradOut, x, window, gradWeight);

    float[] xs = data.floats(x);
    float[] ws = data.floats(weight);
    float[] bs = data.floats(bias);
    float[] gs = data.floats(gradOut);
    double[] expected = new double[plain.size()];
    double[] dx = new double[xs.length];
    double[] dw = new double[ws.length];
    for (int at = 0; at < expected.length; at++) {
      int output = at % outputs;
      int column = at / outputs % columns;
      int row = at / outputs / columns % rows;
      int image = at / outputs / columns / rows;
      for (int ky = 0; ky < k; ky++) {
        for (int kx = 0; kx < k; kx++) {
          int y = row * stride + ky - padding;
          int p = column * stride + kx - padding;
          if (y < 0 || p < 0 || y >= height || p >= width) {
            continue;
          }
          for (int input = 0; input < inputs; input++) {
            int from = ((image * height + y) * width + p) * inputs + input;
            int tap = ((output * inputs + input) * k + ky) * k + kx;
            expected[at] += (double) xs[from] * ws[tap];
            dx[from] += (double) gs[at] * ws[tap];
            dw[tap] += (double) gs[at] * xs[from];
          }
        }
      }
    }
    double[] activated = new double[expected.length];
    for (int i = 0; i < activated.length; i++) {
      activated[i] = Math.max(0, expected[i] + bs[i % outputs]);
    }
    assertNear("plain", data.floats(plain), expected, 1e-5);
    assertNear("out", data.floats(out), activated, 1e-5);
    assertNear("gradX", data.floats(gradX), dx, 1e-5);
    assertNear("gradWeight", data.floats(gradWeight), dw, 1e-5);
  }

  /** What is read behind the line of a window, to fill vectors, must not count. */
  @ParameterizedTest
  @CsvSource({"7,2,3", "5,1,2", "4,4,0"})
  void convolutionSeesItsWindowOnly(int k, int stride, int padding) {
    ContractData data = new ContractData(this, k);
    Window window = new Window(k, stride, padding);
    float[] clean = data.floats(data.normal(0, 1, 20, 20, 3));
    float[] spoilt = clean.clone();
    int row = 9;
    int column = 11;
    spoilt[(row * 20 + column) * 3] = Float.NaN;
    Tensor weight = data.normal(0, 64, 3, k, k);
    int size = window.output(20);
    Tensor expected = data.dirty(1, size, size, 64);
    Tensor actual = data.dirty(1, size, size, 64);
    ConvolutionKernels kernels = backend().convolution();
    Tensor x = data.tensor(clean, 1, 20, 20, 3);
    kernels.conv2d(x, weight, null, window, Activation.NONE, expected);
    x = data.tensor(spoilt, 1, 20, 20, 3);
    kernels.conv2d(x, weight, null, window, Activation.NONE, actual);
    float[] before = data.floats(expected);
    float[] after = data.floats(actual);
    for (int i = 0; i < after.length; i++) {
      int top = i / 64 / size * stride - padding;
      int left = i / 64 % size * stride - padding;
      if (row >= top && row < top + k && column >= left && column < left + k) {
        assertThat(after[i]).isNaN();
      } else {
        assertThat(after[i]).isEqualTo(before[i]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,1,1,1,0", "2,13,18,16,3,2,1", "1,8,9,5,2,2,0", "2,7,7,40,3,1,1"})
  void maxPool(int images, int height, int width, int n, int k, int stride, int padding) {
    ContractData data = new ContractData(this, height * 10L + n);
    Window window = new Window(k, stride, padding);
    int rows = window.output(height);
    int columns = window.output(width);
    // few different values, so that the first of equal ones must win
    float[] xs = new float[images * height * width * n];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = data.random().nextInt(-3, 4);
    }
    Tensor x = data.tensor(xs, images, height, width, n);
    Tensor out = data.dirty(images, rows, columns, n);
    Tensor unused = data.dirty(images, rows, columns, n);
    Tensor argmax = backend().empty(DType.INT32, out.shape());
    Tensor gradOut = data.normal(0, images, rows, columns, n);
    Tensor gradX = data.dirty(images, height, width, n);
    backend().convolution().maxPool2d(x, window, out, argmax);
    backend().convolution().maxPool2d(x, window, unused, null);
    backend().convolution().maxPool2dBackward(gradOut, argmax, gradX);

    float[] actual = data.floats(out);
    int[] winners = downloadInts(argmax);
    float[] gs = data.floats(gradOut);
    double[] dx = new double[xs.length];
    for (int at = 0; at < actual.length; at++) {
      int c = at % n;
      int column = at / n % columns;
      int row = at / n / columns % rows;
      int image = at / n / columns / rows;
      int best = -1;
      for (int y = row * stride - padding; y < row * stride - padding + k; y++) {
        for (int p = column * stride - padding; p < column * stride - padding + k; p++) {
          int from = ((image * height + y) * width + p) * n + c;
          if (y >= 0 && p >= 0 && y < height && p < width && (best < 0 || xs[from] > xs[best])) {
            best = from;
          }
        }
      }
      assertThat(actual[at]).isEqualTo(xs[best]);
      assertThat(winners[at]).isEqualTo(best / n - image * height * width);
      dx[best] += gs[at];
    }
    assertThat(data.floats(unused)).isEqualTo(actual);
    assertNear("gradX", data.floats(gradX), dx, 1e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,1,1,1",
    "2,5,7,10,14,8",
    "1,10,14,5,7,3",
    "1,4,6,11,9,24",
    "2,13,8,6,21,5",
    "1,3,3,1,1,4"
  })
  void resize(int images, int height, int width, int rows, int columns, int n) {
    for (boolean alignCorners : new boolean[] {false, true}) {
      ContractData data = new ContractData(this, height * 10L + n);
      Tensor x = data.normal(0, images, height, width, n);
      Tensor gradOut = data.normal(0, images, rows, columns, n);
      Tensor out = data.dirty(images, rows, columns, n);
      Tensor gradX = data.dirty(images, height, width, n);
      backend().convolution().resizeBilinear(x, alignCorners, out);
      backend().convolution().resizeBilinearBackward(gradOut, alignCorners, gradX);

      float[] xs = data.floats(x);
      float[] gs = data.floats(gradOut);
      double[] expected = new double[out.size()];
      double[] dx = new double[xs.length];
      for (int at = 0; at < expected.length; at++) {
        int c = at % n;
        double p = source(at / n % columns, width, columns, alignCorners);
        double y = source(at / n / columns % rows, height, rows, alignCorners);
        int image = at / n / columns / rows;
        for (int corner = 0; corner < 4; corner++) {
          int cy = Math.min(height - 1, (int) y + corner / 2);
          int cp = Math.min(width - 1, (int) p + corner % 2);
          double wy = corner / 2 == 1 ? y - (int) y : 1 - y + (int) y;
          double wp = corner % 2 == 1 ? p - (int) p : 1 - p + (int) p;
          int from = ((image * height + cy) * width + cp) * n + c;
          expected[at] += wy * wp * xs[from];
          dx[from] += wy * wp * gs[at];
        }
      }
      assertNear("out", data.floats(out), expected, 1e-5);
      assertNear("gradX", data.floats(gradX), dx, 1e-5);
    }
  }

  private static double source(int i, int input, int output, boolean alignCorners) {
    if (alignCorners) {
      return output > 1 ? i * (input - 1.0) / (output - 1) : 0;
    }
    return Math.max(0, (i + 0.5) * input / output - 0.5);
  }
}
