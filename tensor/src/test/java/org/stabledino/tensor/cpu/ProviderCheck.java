package org.stabledino.tensor.cpu;

import java.util.SplittableRandom;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/** Compares this JVM's provider with the scalar one; the main class of {@link VectorWidthTest}. */
final class ProviderCheck {
  private static final CpuProvider CHOSEN = CpuProvider.get();
  private static final CpuProvider SCALAR = new ScalarProvider();
  private static final SplittableRandom RANDOM = new SplittableRandom(1);

  private ProviderCheck() {}

  public static void main(String[] args) {
    for (int m : new int[] {1, 3, 6, 13}) {
      for (int n : new int[] {1, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 130}) {
        for (int k : new int[] {0, 1, 7, 34}) {
          for (int variant = 0; variant < 16; variant++) {
            gemm(m, n, k, variant);
          }
        }
      }
    }
    for (int n : new int[] {0, 1, 7, 16, 33, 100}) {
      elementwise(n);
    }
    for (int channels : new int[] {16, 17, 40, 64}) {
      convolution(channels, 64);
      convolution(48, channels);
    }
    String bits = CHOSEN instanceof ScalarProvider ? "" : " at %d bits".formatted(bits());
    System.out.println(CHOSEN.getClass().getSimpleName() + bits + " agrees");
  }

  private static int bits() {
    return VectorWidth.FLOATS.vectorBitSize();
  }

  private static void gemm(int m, int n, int k, int variant) {
    boolean transposeA = (variant & 1) != 0;
    boolean transposeB = (variant & 2) != 0;
    boolean accumulate = (variant & 4) != 0;
    boolean relu = (variant & 8) != 0;
    float[] a = random(m * k);
    float[] b = random(k * n);
    float[] bias = random(n);
    float[] start = random(m * n);
    float[][] results = new float[2][];
    for (int i = 0; i < 2; i++) {
      float[] c = start.clone();
      new Gemm((i == 0 ? SCALAR : CHOSEN).tiles(), Parallel.shared())
          .multiply(
              transposeA,
              transposeB,
              m,
              n,
              k,
              a,
              0,
              transposeA ? m : k,
              b,
              0,
              transposeB ? k : n,
              c,
              0,
              n,
              accumulate ? null : bias,
              0,
              relu ? Activation.RELU : Activation.NONE,
              accumulate);
      results[i] = c;
    }
    compare("gemm %dx%dx%d %d".formatted(m, n, k, variant), results[0], results[1]);
  }

  /** 3 x 3, which both providers compute by Winograd's form unless it is switched off. */
  private static void convolution(int inputs, int outputs) {
    Tensor x = Tensor.of(random(2 * 9 * 11 * inputs)).reshape(2, 9, 11, inputs);
    Tensor weight = Tensor.of(random(outputs * inputs * 9)).reshape(outputs, inputs, 3, 3);
    Tensor bias = Tensor.of(random(outputs));
    Tensor[] results = new Tensor[2];
    for (int i = 0; i < 2; i++) {
      results[i] = Tensor.zeros(2, 9, 11, outputs);
      new CpuBackend(i == 0 ? SCALAR : CHOSEN, Parallel.shared())
          .convolution()
          .conv2d(x, weight, bias, new Window(3, 1, 1), Activation.RELU, results[i]);
    }
    compare(
        "convolution %d->%d".formatted(inputs, outputs),
        results[0].floats(),
        results[1].floats(),
        1e-4f);
  }

  private static void elementwise(int n) {
    float[] x = random(n);
    float[] y = random(n);
    for (Unary op : Unary.values()) {
      float[] expected = new float[n];
      float[] actual = new float[n];
      SCALAR.elementwise().unary(op, x, 0, expected, 0, n);
      CHOSEN.elementwise().unary(op, x, 0, actual, 0, n);
      compare(op.name(), expected, actual);
      float[] gradient = new float[n];
      SCALAR.elementwise().unaryBackward(op, x, 0, expected, 0, y, 0, gradient, 0, n);
      CHOSEN.elementwise().unaryBackward(op, x, 0, expected, 0, y, 0, actual, 0, n);
      compare("gradient of " + op, gradient, actual);
    }
    for (Binary op : Binary.values()) {
      float[] expected = new float[n];
      float[] actual = new float[n];
      SCALAR.elementwise().binary(op, x, 0, y, 0, expected, 0, n);
      CHOSEN.elementwise().binary(op, x, 0, y, 0, actual, 0, n);
      compare(op.name(), expected, actual);
    }
  }

  private static float[] random(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) RANDOM.nextDouble(-2, 2);
    }
    return values;
  }

  private static void compare(String what, float[] expected, float[] actual) {
    compare(what, expected, actual, 1e-5f);
  }

  private static void compare(String what, float[] expected, float[] actual, float tolerance) {
    for (int i = 0; i < expected.length; i++) {
      float error = Math.abs(expected[i] - actual[i]);
      if (!(error <= tolerance + tolerance * Math.abs(expected[i]))
          && Float.compare(expected[i], actual[i]) != 0) {
        throw new AssertionError(
            what + ": element " + i + " is " + actual[i] + ", not " + expected[i]);
      }
    }
  }
}
