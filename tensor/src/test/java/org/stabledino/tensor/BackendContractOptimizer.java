package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
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
      AdamW settings = new AdamW(1e-2f, 0.9f, 0.999f, 1e-8f, 0.1f, step, 0.5f);
      backend().optimizer().adamW(settings, ps, upload(Tensor.of(g, n)), ms, vs);
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
    assertThat(backend().optimizer().sumOfSquares(upload(Tensor.of(x, n))))
        .isCloseTo(expected, within(1e-12 * (1 + expected)));
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
    backend().optimizer().movingAverage(averages, upload(Tensor.of(value, n)), 0.999f);
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
