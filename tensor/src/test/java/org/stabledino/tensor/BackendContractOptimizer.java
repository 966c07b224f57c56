package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.OptimizerKernels.AdamW;

/** The contract of {@link OptimizerKernels}. */
public abstract class BackendContractOptimizer extends BackendContract {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 16, 33, 50_001})
  void adamWFollowsItsEquations(int n) {
    SplittableRandom random = new SplittableRandom(n);
    float[] p = normals(random, n);
    double[] parameter = widened(p);
    double[] first = new double[n];
    double[] second = new double[n];
    Tensor ps = upload(Tensor.of(p, n));
    Tensor ms = upload(Tensor.zeros(n));
    Tensor vs = upload(Tensor.zeros(n));
    for (int step = 1; step <= 4; step++) {
      float[] g = normals(random, n);
      AdamW settings = new AdamW(1e-2f, 0.9f, 0.999f, 1e-8f, 0.1f, step);
      backend()
          .optimizer()
          .adamW(settings, upload(Tensor.full(0.5f, 1)), ps, upload(Tensor.of(g, n)), ms, vs);
      for (int i = 0; i < n; i++) {
        double gradient = 0.5 * g[i];
        first[i] = 0.9 * first[i] + 0.1 * gradient;
        second[i] = 0.999 * second[i] + 0.001 * gradient * gradient;
        double m = first[i] / (1 - Math.pow(0.9, step));
        double v = second[i] / (1 - Math.pow(0.999, step));
        parameter[i] -= 1e-2 * 0.1 * parameter[i];
        parameter[i] -= 1e-2 * m / (Math.sqrt(v) + 1e-8);
      }
    }
    assertClose("parameter", download(ps), parameter, 3e-6, 1e-6);
    assertClose("first moment", download(ms), first, 1e-6, 1e-5);
    assertClose("second moment", download(vs), second, 1e-7, 1e-4);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 17, 100_003})
  void sumOfSquaresIsAccurate(int n) {
    float[] x = normals(new SplittableRandom(n), n);
    double expected = 0;
    for (float value : x) {
      expected += (double) value * value;
    }
    assertThat(sumOfSquares(Tensor.of(x, n))).isCloseTo(expected, within(1e-12 * (1 + expected)));
  }

  private double sumOfSquares(Tensor... tensors) {
    Tensor sum = upload(Tensor.of(new double[] {Double.NaN}, 1));
    backend().optimizer().sumOfSquares(Stream.of(tensors).map(this::upload).toList(), sum);
    return downloadDoubles(sum)[0];
  }

  @Test
  void squaresOfSeveralTensorsAddUp() {
    assertThat(sumOfSquares()).isZero();
    assertThat(sumOfSquares(Tensor.full(2f, 3), Tensor.zeros(0), Tensor.full(3f, 40_000)))
        .isEqualTo(12 + 9 * 40_000);
    Tensor[] many = new Tensor[700];
    Arrays.setAll(many, i -> Tensor.full(i, 2));
    assertThat(sumOfSquares(many)).isEqualTo(2 * (699.0 * 700 * 1399 / 6));
  }

  @ParameterizedTest
  @CsvSource({
    "0.04,1,0.5", // a norm of 0.2
    "0.0001,1,1",
    "0,1,1",
    "Infinity,1,NaN",
    "NaN,1,NaN",
    "0.04,NaN,NaN",
    "0.04,-Infinity,NaN",
  })
  void clippingLimitsTheNorm(double squares, float loss, float expected) {
    Tensor coefficient = output(1);
    Tensor sum = upload(Tensor.of(new double[] {squares}, 1));
    backend().optimizer().clipping(sum, upload(Tensor.full(loss, 1)), 0.1, coefficient);
    assertClose("coefficient", download(coefficient), new double[] {expected}, 0, 1e-5);
  }

  @Test
  void nothingChangesWhereTheCoefficientIsNaN() {
    Tensor none = upload(Tensor.full(Float.NaN, 1));
    Tensor ones = upload(Tensor.full(1f, 300));
    Tensor twos = upload(Tensor.full(2f, 300));
    AdamW settings = new AdamW(1e-2f, 0.9f, 0.999f, 1e-8f, 0.1f, 1);
    backend().optimizer().adamW(settings, none, ones, twos, ones, ones);
    backend().optimizer().movingAverage(ones, twos, 0.9f, none);
    assertThat(download(ones)).containsOnly(1f);
    backend().optimizer().movingAverage(ones, twos, 0.5f, upload(Tensor.zeros(1)));
    assertThat(download(ones)).containsOnly(1.5f);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9, 64, 40_001})
  void movingAverageMoves(int n) {
    SplittableRandom random = new SplittableRandom(n);
    float[] average = normals(random, n);
    float[] value = normals(random, n);
    double[] expected = new double[n];
    for (int i = 0; i < n; i++) {
      expected[i] = average[i] * 0.999 + 0.001 * value[i];
    }
    Tensor averages = upload(Tensor.of(average, n));
    backend().optimizer().movingAverage(averages, upload(Tensor.of(value, n)), 0.999f, null);
    assertClose("average", download(averages), expected, 1e-6, 1e-6);
  }

  private static double[] widened(float[] x) {
    double[] values = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      values[i] = x[i];
    }
    return values;
  }
}
