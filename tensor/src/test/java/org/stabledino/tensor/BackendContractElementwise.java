package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/** The contract of {@link ElementwiseKernels}. */
public abstract class BackendContractElementwise extends BackendContract {
  private static final int[] SIZES = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100, 1000, 70_001};

  /** Values at which a function is defined; large for sine and cosine. */
  private static float[] arguments(Unary op, SplittableRandom random, int n) {
    float[] x = normals(random, n);
    for (int i = 0; i < n; i++) {
      switch (op) {
        case LOG, SQRT, RECIPROCAL -> x[i] = Math.abs(x[i]) + 1e-3f;
        case SIN, COS -> x[i] *= i % 2 == 0 ? 3e6f : 1f;
        case EXP -> x[i] *= i % 2 == 0 ? 25f : 1f;
        default -> x[i] *= i % 2 == 0 ? 3f : 1f;
      }
    }
    return x;
  }

  private static DoubleUnaryOperator function(Unary op) {
    return switch (op) {
      case NEGATE -> x -> -x;
      case ABS -> Math::abs;
      case EXP -> Math::exp;
      case LOG -> Math::log;
      case SQRT -> Math::sqrt;
      case SQUARE -> x -> x * x;
      case RECIPROCAL -> x -> 1 / x;
      case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
      case RELU -> x -> Math.max(x, 0);
      case GELU -> x -> x * phi(x);
      case SIN -> Math::sin;
      case COS -> Math::cos;
    };
  }

  /** The normal distribution function by Simpson's rule over its density. */
  private static double phi(double x) {
    int steps = 2000;
    double h = x / steps;
    double sum = 1 + Math.exp(-x * x / 2);
    for (int i = 1; i < steps; i++) {
      double t = i * h;
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-t * t / 2);
    }
    return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
  }

  private static DoubleUnaryOperator derivative(Unary op) {
    return switch (op) {
      case NEGATE -> x -> -1;
      case ABS, RELU -> x -> x > 0 ? 1 : x < 0 && op == Unary.ABS ? -1 : 0;
      case EXP -> Math::exp;
      case LOG -> x -> 1 / x;
      case SQRT -> x -> 0.5 / Math.sqrt(x);
      case SQUARE -> x -> 2 * x;
      case RECIPROCAL -> x -> -1 / (x * x);
      case SIGMOID ->
          x -> {
            double y = 1 / (1 + Math.exp(-x));
            return y * (1 - y);
          };
      case GELU -> x -> phi(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
      case SIN -> Math::cos;
      case COS -> x -> -Math.sin(x);
    };
  }

  @ParameterizedTest
  @EnumSource
  void unaryAndItsGradient(Unary op) {
    SplittableRandom random = new SplittableRandom(op.ordinal());
    for (int n : SIZES) {
      int checked = op == Unary.GELU ? Math.min(n, 1000) : n;
      float[] x = arguments(op, random, checked);
      if (checked > 2 && derivativeAtZero(op)) {
        x[1] = 0f;
      }
      float[] g = normals(random, checked);
      double[] y = new double[checked];
      double[] gx = new double[checked];
      for (int i = 0; i < checked; i++) {
        y[i] = function(op).applyAsDouble(x[i]);
        gx[i] = g[i] * derivative(op).applyAsDouble(x[i]);
      }
      Tensor xs = upload(Tensor.of(x.clone(), checked));
      Tensor out = output(checked);
      backend().elementwise().unary(op, xs, out);
      assertClose(op + " of " + checked, download(out), y, 3e-7, 3e-7);

      Tensor gradX = output(checked);
      backend().elementwise().unaryBackward(op, xs, out, upload(Tensor.of(g, checked)), gradX);
      assertClose("gradient of " + op, download(gradX), gx, 2e-6, 2e-6);

      backend().elementwise().unary(op, xs, xs);
      assertThat(download(xs)).as("in place").isEqualTo(download(out));
    }
  }

  private static boolean derivativeAtZero(Unary op) {
    return op == Unary.ABS || op == Unary.RELU;
  }

  @Test
  void transcendentalFunctionsKeepTheirLimits() {
    float inf = Float.POSITIVE_INFINITY;
    float[] x = {0f, -0f, inf, -inf, Float.NaN, 88.7f, 89.5f, -87f, -100f, -104.5f, 1e-40f};
    check(Unary.EXP, x, Math::exp, 2e-45);
    float[] positive = {0f, 1f, inf, Float.NaN, 1e-40f, Float.MIN_VALUE, Float.MAX_VALUE, -1f};
    check(Unary.LOG, positive, Math::log, 0);
    // Below 1e-38 the vector form may flush to 0.
    check(Unary.SIGMOID, x, v -> 1 / (1 + Math.exp(-v)), 2e-38);
    check(Unary.RELU, new float[] {-1f, 0f, Float.NaN, inf}, v -> Math.max(v, 0), 0);
    check(
        Unary.GELU,
        new float[] {0f, 10f, -10f, 30f, -30f, 1e30f, -1e30f},
        v -> v > 0 ? v : 0,
        1e-20);
  }

  private void check(Unary op, float[] x, DoubleUnaryOperator expected, double absolute) {
    Tensor out = output(x.length);
    backend().elementwise().unary(op, upload(Tensor.of(x.clone(), x.length)), out);
    double[] values = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      values[i] = expected.applyAsDouble(x[i]);
    }
    assertClose(op + " at " + Arrays.toString(x), download(out), values, absolute, 3e-7);
  }

  private static DoubleBinaryOperator function(Binary op) {
    return switch (op) {
      case ADD -> (a, b) -> a + b;
      case SUBTRACT -> (a, b) -> a - b;
      case MULTIPLY -> (a, b) -> a * b;
      case DIVIDE -> (a, b) -> a / b;
      case MINIMUM -> Math::min;
      case MAXIMUM -> Math::max;
    };
  }

  @ParameterizedTest
  @EnumSource
  void binaryBroadcasts(Binary op) {
    SplittableRandom random = new SplittableRandom(op.ordinal());
    int[][][] chosen = {
      {{5}, {5}},
      {{}, {}},
      {{7, 9}, {}},
      {{}, {3, 4}},
      {{1}, {1, 1}},
      {{6, 17}, {17}},
      {{17}, {6, 17}},
      {{6, 17}, {6, 1}},
      {{2, 3, 4}, {2, 1, 4}},
      {{2, 1, 4}, {1, 3, 1}},
      {{0, 4}, {4}},
      {{300, 257}, {257}},
      {{40, 1, 33}, {1, 50, 33}},
    };
    for (int[][] shapes : chosen) {
      checkBinary(op, random, shapes[0], shapes[1]);
    }
    for (int round = 0; round < 60; round++) {
      int rank = random.nextInt(6);
      int[] a = new int[rank];
      int[] b = new int[rank];
      for (int i = 0; i < rank; i++) {
        int dim = 1 + random.nextInt(6);
        a[i] = random.nextInt(3) == 0 ? 1 : dim;
        b[i] = random.nextInt(3) == 0 ? 1 : dim;
      }
      int cut = rank == 0 ? 0 : random.nextInt(rank);
      checkBinary(op, random, a, Arrays.copyOfRange(b, cut, rank));
      checkBinary(op, random, Arrays.copyOfRange(a, cut, rank), b);
    }
  }

  private void checkBinary(Binary op, SplittableRandom random, int[] aDims, int[] bDims) {
    Tensor a = normal(random, aDims);
    Tensor b = normal(random, bDims);
    Shape shape = a.shape().broadcast(b.shape());
    double[] expected = new double[shape.size()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = function(op).applyAsDouble(stretched(a, shape, i), stretched(b, shape, i));
    }
    Tensor out = output(shape.dims());
    backend().elementwise().binary(op, upload(a), upload(b), out);
    String what = op + " of " + a.shape() + " and " + b.shape();
    assertClose(what, download(out), expected, 0, 1e-7);
  }

  private static float stretched(Tensor x, Shape shape, int flat) {
    int at = 0;
    int stride = 1;
    for (int i = 1; i <= shape.rank(); i++) {
      int index = flat % shape.dim(-i);
      flat /= shape.dim(-i);
      if (i <= x.rank()) {
        at += (x.dim(-i) == 1 ? 0 : index) * stride;
        stride *= x.dim(-i);
      }
    }
    return x.floats()[x.offset() + at];
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 8, 19, 64, 40_003})
  void simpleLoops(int n) {
    SplittableRandom random = new SplittableRandom(n);
    ElementwiseKernels kernels = backend().elementwise();
    float[] x = normals(random, n);
    float[] y = normals(random, n);
    Tensor xs = upload(Tensor.of(x, n));
    Tensor ys = upload(Tensor.of(y.clone(), n));
    Tensor out = output(n);

    kernels.affine(xs, 1.5f, -0.25f, out);
    assertClose("affine", download(out), map(n, i -> 1.5 * x[i] - 0.25), 1e-6, 1e-6);
    kernels.addRelu(xs, ys, out);
    assertClose("addRelu", download(out), map(n, i -> Math.max(x[i] + y[i], 0)), 0, 1e-7);
    kernels.clamp(xs, -0.5f, 0.75f, out);
    assertClose("clamp", download(out), map(n, i -> Math.min(Math.max(x[i], -0.5), 0.75)), 0, 1e-7);
    kernels.clampBackward(xs, -0.5f, 0.75f, ys, out);
    assertClose(
        "clampBackward",
        download(out),
        map(n, i -> x[i] >= -0.5f && x[i] <= 0.75f ? y[i] : 0),
        0,
        0);
    kernels.power(xs, 2f, out);
    assertClose("power", download(out), map(n, i -> Math.pow(x[i], 2)), 0, 1e-6);
    kernels.axpy(-0.75f, xs, ys);
    assertClose("axpy", download(ys), map(n, i -> y[i] - 0.75 * x[i]), 1e-6, 1e-6);
    kernels.fill(out, 3.5f);
    assertClose("fill", download(out), map(n, i -> 3.5), 0, 0);
  }

  private static double[] map(int n, java.util.function.IntToDoubleFunction f) {
    double[] values = new double[n];
    Arrays.setAll(values, f);
    return values;
  }

  @Test
  void clampBackwardPassesAtTheBoundsAndStopsNaN() {
    Tensor x = upload(Tensor.of(new float[] {0f, 1f, Float.NaN, -0.1f, 1.1f}, 5));
    Tensor out = output(5);
    backend().elementwise().clampBackward(x, 0f, 1f, upload(Tensor.full(2f, 5)), out);
    assertThat(download(out)).containsExactly(2f, 2f, 0f, 0f, 0f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 17, 64, 300})
  void channelAffineScalesEachChannel(int channels) {
    SplittableRandom random = new SplittableRandom(channels);
    for (boolean relu : new boolean[] {false, true}) {
      Tensor x = normal(random, 3, 37, channels);
      Tensor scale = normal(random, channels);
      Tensor shift = normal(random, channels);
      double[] expected = new double[x.size()];
      for (int i = 0; i < expected.length; i++) {
        int c = i % channels;
        double value = (double) x.floats()[x.offset() + i] * scale.get(c) + shift.get(c);
        expected[i] = relu ? Math.max(value, 0) : value;
      }
      Tensor out = output(3, 37, channels);
      backend().elementwise().channelAffine(upload(x), upload(scale), upload(shift), relu, out);
      assertClose("channelAffine", download(out), expected, 1e-6, 1e-6);
    }
  }

  /** The largest position is that of a column of padding, over 1e-6. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 300})
  void sineCodeOfPositions(int n) {
    for (int channels : new int[] {2, 6, 64}) {
      SplittableRandom random = new SplittableRandom(n + channels);
      float[] x = normals(random, n);
      for (int i = 0; i < n; i += 5) {
        x[i] *= 3e6f;
      }
      float[] periods = new float[channels];
      for (int c = 0; c < channels; c++) {
        periods[c] = (float) Math.pow(10000, (double) (c / 2 * 2) / channels);
      }
      Tensor out = output(n, channels);
      backend()
          .elementwise()
          .sineCode(upload(Tensor.of(x, n)), upload(Tensor.of(periods, channels)), out);
      double[] expected =
          map(
              n * channels,
              i -> {
                float angle = x[i / channels] / periods[i % channels];
                return i % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
              });
      assertClose("sineCode", download(out), expected, 0, 1e-6);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void maskedFillCoversTrailingAxes(int maskRank) {
    SplittableRandom random = new SplittableRandom(maskRank);
    int[] dims = {5, 7, 130};
    Tensor x = normal(random, dims);
    int[] maskDims = Arrays.copyOf(dims, maskRank);
    byte[] mask = new byte[Shape.of(maskDims).size()];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) random.nextInt(2);
    }
    int covered = x.size() / mask.length;
    double[] expected = new double[x.size()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = mask[i / covered] != 0 ? -9 : x.floats()[x.offset() + i];
    }
    Tensor device = upload(x);
    Tensor masks = upload(Tensor.of(DType.BOOL, mask, maskDims));
    Tensor out = output(dims);
    backend().elementwise().maskedFill(device, masks, -9f, out);
    assertClose("maskedFill", download(out), expected, 0, 0);
    backend().elementwise().maskedFill(device, masks, -9f, device);
    assertClose("maskedFill in place", download(device), expected, 0, 0);
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    ElementwiseKernels kernels = backend().elementwise();
    assertThatThrownBy(() -> kernels.binary(Binary.ADD, output(2, 3), output(2), output(2, 3)))
        .isInstanceOf(ShapeMismatchException.class);
    assertThatThrownBy(() -> kernels.binary(Binary.ADD, output(2, 3), output(3), output(3)))
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageContaining("[2, 3]");
    assertThatThrownBy(() -> kernels.unary(Unary.ABS, output(4), output(5)))
        .isInstanceOf(ShapeMismatchException.class);
    assertThatThrownBy(
            () ->
                kernels.maskedFill(
                    output(2, 3), upload(Tensor.of(DType.BOOL, new byte[3], 3)), 0f, output(2, 3)))
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageContaining("mask");
  }

  /** SplittableRandom is the same function, written by others. */
  @ParameterizedTest
  @CsvSource({"0,0,0,1", "-7046029254386353131,0,0.5,100", "42,4294967300,0.2,70001", "9,-5,0,30"})
  void dropoutDrawsTheSameEverywhere(long key, long first, float rate, int n) {
    Tensor out = output(n);
    backend().elementwise().dropout(key, first, rate, out);
    float[] factors = download(out);
    int dropped = 0;
    for (int i = 0; i < n; i++) {
      long bits = new SplittableRandom(key + (first + i) * 0x9E3779B97F4A7C15L).nextLong();
      boolean drops = (bits >>> 40) * 0x1p-24 < rate;
      dropped += drops ? 1 : 0;
      assertThat(factors[i]).isEqualTo(drops ? 0f : 1 / (1 - rate));
    }
    assertThat((double) dropped).isCloseTo(rate * n, within(4 * Math.sqrt(n)));
  }
}
