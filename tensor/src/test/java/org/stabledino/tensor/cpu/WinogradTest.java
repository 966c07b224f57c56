package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Tensor;

/** Winograd's form against sums in double, for both forms of the loops. */
class WinogradTest {
  private static final SplittableRandom RANDOM = new SplittableRandom(7);

  @ParameterizedTest
  @CsvSource({
    // images, height, width, inputs, outputs, padding
    "1,8,8,64,64,1", // few tiles, all at borders
    "2,13,18,32,48,1", // tiles across lines and images
    "1,21,9,20,33,0", // channels that fill no vectors
    "1,10,11,33,20,2", // more zeros than a convolution of the same size has
    "2,9,10,40,48,1",
    "1,12,13,512,32,1", // a long sum
    "1,60,70,128,32,1", // several chunks, each by one thread
    "1,12,13,256,200,1", // several groups of outputs, the last of them short
    "1,48,64,256,120,1" // several chunks, each by all threads
  })
  void agreesWithPlainSums(
      int images, int height, int width, int inputs, int outputs, int padding) {
    Tensor x = positive(images, height, width, inputs);
    Tensor weight = centred(outputs, inputs, 3, 3);
    Tensor bias = centred(outputs);
    Window window = new Window(3, 1, padding);
    int rows = window.output(height);
    int columns = window.output(width);
    Correlation correlation = correlation(images, height, width, inputs, outputs, rows, columns);
    assertThat(Winograd.pays(correlation)).isTrue();
    double[] expected = new double[images * rows * columns * outputs];
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      int output = i % outputs;
      int column = i / outputs % columns;
      int row = i / outputs / columns % rows;
      int image = i / outputs / columns / rows;
      expected[i] = bias.floats()[output];
      for (int tap = 0; tap < 9; tap++) {
        int y = row + tap / 3 - padding;
        int p = column + tap % 3 - padding;
        for (int c = 0; y >= 0 && p >= 0 && y < height && p < width && c < inputs; c++) {
          expected[i] +=
              (double) x.floats()[((image * height + y) * width + p) * inputs + c]
                  * weight.floats()[(output * inputs + c) * 9 + tap];
        }
      }
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    for (CpuBackend backend : new CpuBackend[] {TestBackends.VECTOR, TestBackends.SCALAR}) {
      Tensor out = Tensor.zeros(images, rows, columns, outputs);
      Tensor activated = Tensor.zeros(images, rows, columns, outputs);
      backend.convolution().conv2d(x, weight, bias, window, Activation.NONE, out);
      backend.convolution().conv2d(x, weight, bias, window, Activation.RELU, activated);
      double worst = 0;
      for (int i = 0; i < expected.length; i++) {
        worst = Math.max(worst, Math.abs(out.floats()[i] - expected[i]));
        assertThat(activated.floats()[i]).isEqualTo(Math.max(0f, out.floats()[i]));
      }
      assertThat(worst).isLessThan(1e-5 * largest);
    }
  }

  @Test
  void isNotForOtherWindowsNorForFewTilesOfManyChannels() {
    Correlation tiny = correlation(1, 4, 4, 512, 512, 4, 4);
    assertThat(Winograd.pays(tiny)).isFalse();
    Correlation strided = correlation(1, 64, 64, 64, 64, 32, 32);
    assertThat(Winograd.pays(strided)).isFalse();
  }

  /** Many small maps would earn the transforms of the weights that a single one does not. */
  @ParameterizedTest
  @CsvSource({"8,4,64", "3,8,64"})
  void anImageGivesTheSameBitsAloneAndInABatch(int images, int side, int channels) {
    Tensor x = centred(images, side, side, channels);
    Tensor weight = centred(channels, channels, 3, 3);
    Window window = new Window(3, 1, 1);
    CpuBackend backend = TestBackends.VECTOR;
    Tensor together = Tensor.zeros(images, side, side, channels);
    backend.convolution().conv2d(x, weight, null, window, Activation.NONE, together);
    for (int image = 0; image < images; image++) {
      Tensor alone = Tensor.zeros(1, side, side, channels);
      Tensor one = x.narrow(image, image + 1);
      backend.convolution().conv2d(one, weight, null, window, Activation.NONE, alone);
      assertThat(together.narrow(image, image + 1).toFloats()).isEqualTo(alone.toFloats());
    }
  }

  /** The description of a convolution, without numbers. */
  private static Correlation correlation(
      int images, int height, int width, int inputs, int outputs, int rows, int columns) {
    int stride = rows < height - 2 ? 2 : 1;
    Filter filter = new Filter(null, 0, new int[9], 9, inputs, 9 * inputs, outputs);
    return new Correlation(
        null, 0, images, height, width, rows, columns, stride, 3, 3, 1, 1, filter, null, 0, false,
        null, 0, 0, 0, 0);
  }

  /** As maps are behind a ReLU: sums of them are large beside their differences. */
  private static Tensor positive(int... dims) {
    Tensor tensor = Tensor.zeros(dims);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = (float) RANDOM.nextDouble(0, 2);
    }
    return tensor;
  }

  private static Tensor centred(int... dims) {
    Tensor tensor = Tensor.zeros(dims);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = (float) RANDOM.nextDouble(-1, 1);
    }
    return tensor;
  }
}
