package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContract;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.MixedPrecision;
import org.stabledino.tensor.Tensor;

/**
 * Products of operands rounded to bfloat16, on the stand-in driver, against loops in double
 * precision over operands that are rounded one by one.
 */
class CudaMixedPrecisionTest extends BackendContract {

  @Override
  protected Backend backend() {
    return OnStandIn.blas();
  }

  /** The same device with the own kernel for products. */
  protected Backend withoutBlas() {
    return OnStandIn.own();
  }

  @Override
  protected Tensor upload(Tensor host) {
    return backend().upload(host);
  }

  @Override
  protected float[] download(Tensor tensor) {
    return backend().download(tensor).toFloats();
  }

  /** The nearer of the two numbers around x whose lower 16 bits are 0; of two, the even one. */
  private static float rounded(float x) {
    if (Float.isNaN(x) || Float.isInfinite(x)) {
      return x;
    }
    int bits = Float.floatToRawIntBits(x) & 0xffff0000;
    float below = Float.intBitsToFloat(bits);
    float above = Float.intBitsToFloat(bits + 0x10000);
    // Beyond the largest number, infinity stands for the next power of two.
    double far = Float.isInfinite(above) ? Math.copySign(0x1p128, above) : above;
    double toBelow = Math.abs((double) x - below);
    double toAbove = Math.abs(far - x);
    boolean belowIsEven = (bits & 0x10000) == 0;
    return toBelow < toAbove || toBelow == toAbove && belowIsEven ? below : above;
  }

  private static double[] rounded(Tensor tensor) {
    float[] values = tensor.toFloats();
    return IntStream.range(0, values.length).mapToDouble(i -> rounded(values[i])).toArray();
  }

  @Test
  void roundingIsToTheNearestAndToEven() {
    SplittableRandom random = new SplittableRandom(5);
    float[] x = new float[4000];
    for (int i = 0; i < x.length; i++) {
      int bits = random.nextInt();
      // Every third lies half way between two, every third just beside that.
      int low =
          switch (i % 3) {
            case 0 -> bits & 0xffff;
            case 1 -> 0x8000;
            default -> 0x7fff + 2 * random.nextInt(2);
          };
      x[i] = Float.intBitsToFloat(bits & 0xffff0000 | low);
    }
    float[] special = {
      0f, -0f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, Float.NaN, 1f, 0x1.ff0001p127f,
    };
    System.arraycopy(special, 0, x, 0, special.length);
    x[special.length] = Float.NEGATIVE_INFINITY;
    x[special.length + 1] = Float.intBitsToFloat(0x7fffffff); // a NaN that a carry would overflow
    Tensor out = output(x.length, 1);
    try (MixedPrecision _ = MixedPrecision.set(true)) {
      gemm(false, false, Tensor.of(x, x.length, 1), Tensor.of(new float[] {1}, 1, 1), null, out);
    }
    float[] actual = download(out);
    for (int i = 0; i < x.length; i++) {
      // Added to the 0 that a sum starts from, -0 is 0; a NaN equals itself as an object only.
      Float expected = rounded(x[i]) + 0f;
      assertThat(actual[i]).as("%s", Float.toHexString(x[i])).isEqualTo(expected);
    }
  }

  private void gemm(
      boolean transposeA, boolean transposeB, Tensor a, Tensor b, Tensor bias, Tensor out) {
    Activation activation = bias == null ? Activation.NONE : Activation.RELU;
    Tensor shift = bias == null ? null : upload(bias);
    backend()
        .matmul()
        .gemm(transposeA, transposeB, upload(a), upload(b), shift, activation, false, out);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "5,3,0", "0,4,2", "7,65,33", "33,20,70", "12,9,600"})
  void productsAreOfRoundedOperands(int m, int n, int k) {
    SplittableRandom random = new SplittableRandom(m * 7L + n * 3L + k);
    for (int variant = 0; variant < 8; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      Tensor a = transposeA ? normal(random, k, m) : normal(random, m, k);
      Tensor b = transposeB ? normal(random, n, k) : normal(random, k, n);
      Tensor bias = (variant & 4) != 0 ? normal(random, n) : null;
      double[] x = rounded(a);
      double[] y = rounded(b);
      double[] expected = new double[m * n];
      for (int i = 0; i < m * n; i++) {
        int row = i / n;
        int column = i % n;
        double sum = bias == null ? 0 : bias.get(column);
        for (int p = 0; p < k; p++) {
          sum +=
              x[transposeA ? p * m + row : row * k + p]
                  * y[transposeB ? column * k + p : p * n + column];
        }
        expected[i] = bias == null ? sum : Math.max(0, sum);
      }
      Tensor out = output(m, n);
      try (MixedPrecision _ = MixedPrecision.set(true)) {
        gemm(transposeA, transposeB, a, b, bias, out);
      }
      assertClose("variant " + variant, download(out), expected, 1e-6 * Math.sqrt(k + 1.0), 1e-5);
    }
  }

  @Test
  void productsAreAddedToWhatIsThere() {
    SplittableRandom random = new SplittableRandom(1);
    Tensor a = normal(random, 4, 6);
    Tensor b = normal(random, 6, 5);
    Tensor out = upload(Tensor.full(2f, 4, 5));
    double[] x = rounded(a);
    double[] y = rounded(b);
    double[] expected = new double[20];
    for (int i = 0; i < 20; i++) {
      expected[i] = 2;
      for (int p = 0; p < 6; p++) {
        expected[i] += x[i / 5 * 6 + p] * y[p * 5 + i % 5];
      }
    }
    try (MixedPrecision _ = MixedPrecision.set(true)) {
      backend().matmul().gemm(false, false, upload(a), upload(b), null, Activation.NONE, true, out);
    }
    assertClose("sum", download(out), expected, 1e-6, 1e-5);
  }

  @Test
  void productsOfABatchAreScaled() {
    SplittableRandom random = new SplittableRandom(2);
    Tensor a = normal(random, 3, 4, 6);
    Tensor b = normal(random, 3, 5, 6);
    double[] x = rounded(a);
    double[] y = rounded(b);
    double[] expected = new double[60];
    for (int i = 0; i < 60; i++) {
      for (int p = 0; p < 6; p++) {
        expected[i] += 0.5 * x[i / 5 * 6 + p] * y[(i / 20 * 5 + i % 5) * 6 + p];
      }
    }
    Tensor out = output(3, 4, 5);
    try (MixedPrecision _ = MixedPrecision.set(true)) {
      backend().matmul().batchedGemm(false, true, 0.5f, upload(a), upload(b), out);
    }
    assertClose("batch", download(out), expected, 1e-6, 1e-5);
  }

  /** A convolution of rounded operands and its gradients, by the definition. */
  private record Convolution(Tensor x, Tensor weight, Tensor gradOut, Window window) {
    static Convolution random(int size, int inputs, int outputs, Window window) {
      SplittableRandom random = new SplittableRandom(size * 31L + inputs * 7L + outputs);
      int k = window.kernel();
      int rows = window.output(size);
      int columns = window.output(size + 1);
      return new Convolution(
          normal(random, 2, size, size + 1, inputs),
          normal(random, outputs, inputs, k, k),
          normal(random, 2, rows, columns, outputs),
          window);
    }

    /** Fills out, gradX and gradWeight, all zero before. */
    void compute(double[] out, double[] gradX, double[] gradWeight) {
      int height = x.dim(1);
      int width = x.dim(2);
      int inputs = x.dim(3);
      int outputs = weight.dim(0);
      int k = window.kernel();
      double[] map = rounded(x);
      double[] weights = rounded(weight);
      double[] grad = rounded(gradOut);
      for (int i = 0; i < out.length; i++) {
        int output = i % outputs;
        int place = i / outputs;
        int left = place % gradOut.dim(2) * window.stride() - window.padding();
        int top = place / gradOut.dim(2) % gradOut.dim(1) * window.stride() - window.padding();
        int image = place / gradOut.dim(2) / gradOut.dim(1);
        for (int tap = 0; tap < k * k; tap++) {
          int row = top + tap / k;
          int column = left + tap % k;
          for (int c = 0; c < inputs && row >= 0 && row < height; c++) {
            if (column >= 0 && column < width) {
              int at = ((image * height + row) * width + column) * inputs + c;
              int w = (output * inputs + c) * k * k + tap;
              out[i] += map[at] * weights[w];
              gradX[at] += grad[i] * weights[w];
              gradWeight[w] += grad[i] * map[at];
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,0,9,5,6",
    "1,2,0,8,5,3",
    "3,1,1,9,5,6",
    "3,2,1,8,3,4",
    "7,2,3,11,3,5",
    "3,1,1,1,2,1"
  })
  void convolutionsAreOfRoundedOperands(
      int kernel, int stride, int padding, int size, int inputs, int outputs) {
    Convolution c = Convolution.random(size, inputs, outputs, new Window(kernel, stride, padding));
    double[] out = new double[c.gradOut.size()];
    double[] gradX = new double[c.x.size()];
    double[] gradWeight = new double[c.weight.size()];
    c.compute(out, gradX, gradWeight);
    Tensor bias = Tensor.full(-0.5f, outputs);
    for (int i = 0; i < out.length; i++) {
      out[i] = Math.max(0, out[i] - 0.5);
    }
    Tensor x = upload(c.x);
    Tensor weight = upload(c.weight);
    Tensor grad = upload(c.gradOut);
    Tensor outs = output(c.gradOut.shape().dims());
    Tensor gradXs = output(c.x.shape().dims());
    Tensor gradWeights = output(c.weight.shape().dims());
    try (MixedPrecision _ = MixedPrecision.set(true)) {
      backend().convolution().conv2d(x, weight, upload(bias), c.window, Activation.RELU, outs);
      backend().convolution().conv2dBackwardInput(grad, weight, c.window, gradXs);
      backend().convolution().conv2dBackwardWeight(grad, x, c.window, gradWeights);
    }
    assertClose("out", download(outs), out, 1e-5, 1e-5);
    assertClose("gradX", download(gradXs), gradX, 1e-5, 1e-5);
    assertClose("gradWeight", download(gradWeights), gradWeight, 2e-5, 1e-5);
  }

  @Test
  void windowsInPartsMakeTheWhole() {
    backend();
    CudaBackend backend =
        CudaBackend.open(Device.cuda(0), new CudaBackend.Settings(true, false, true));
    CudaContext context = backend.context();
    Blas blas = new Blas(context, false);
    Bfloat16 parts = new Bfloat16(new Kernels(context), backend.memory(), blas, 1000);
    Convolution c = Convolution.random(9, 5, 6, new Window(3, 2, 1));
    double[] out = new double[c.gradOut.size()];
    double[] gradX = new double[c.x.size()];
    double[] gradWeight = new double[c.weight.size()];
    c.compute(out, gradX, gradWeight);
    int[] geometry = {2, 9, 10, 5, c.gradOut.dim(1), c.gradOut.dim(2), 6, 3, 2, 1};
    Tensor x = backend.upload(c.x);
    Tensor weight = backend.upload(c.weight);
    Tensor grad = backend.upload(c.gradOut);
    Tensor outs = backend.upload(Tensor.full(Float.NaN, out.length / 6, 6));
    Tensor gradXs = backend.upload(Tensor.full(Float.NaN, gradX.length / 5, 5));
    Tensor gradWeights = backend.upload(Tensor.full(Float.NaN, c.weight.shape().dims()));
    parts.conv2d(x, weight, geometry, outs);
    parts.conv2dBackwardInput(grad, weight, geometry, gradXs);
    parts.conv2dBackwardWeight(grad.reshape(out.length / 6, 6), x, geometry, gradWeights);
    assertClose("out", backend.download(outs).toFloats(), out, 1e-5, 1e-5);
    assertClose("gradX", backend.download(gradXs).toFloats(), gradX, 1e-5, 1e-5);
    assertClose("gradWeight", backend.download(gradWeights).toFloats(), gradWeight, 2e-5, 1e-5);
  }

  @Test
  void onlyWithinItsScopeAndOnlyWithCublas() {
    Tensor a = Tensor.of(new float[] {1.001f}, 1, 1);
    Tensor out = output(1, 1);
    gemm(false, false, a, a, null, out);
    float plain = download(out)[0];
    try (MixedPrecision _ = MixedPrecision.set(true)) {
      gemm(false, false, a, a, null, out);
    }
    assertThat(download(out)[0]).isEqualTo(1f);
    gemm(false, false, a, a, null, out);
    assertThat(download(out)[0]).isEqualTo(plain).isEqualTo(1.001f * 1.001f);
    assertThat(backend().mixedPrecision()).isTrue();
    assertThat(withoutBlas().mixedPrecision()).isFalse();
    assertThat(Backend.of(Device.CPU).mixedPrecision()).isFalse();
  }
}
