package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;

/** Seeded tensors for the contract suites, and their comparison with doubles. */
final class ContractData {
  private final BackendContract contract;
  private final Random random;

  ContractData(BackendContract contract, long seed) {
    this.contract = contract;
    random = new Random(seed);
  }

  /** The generator behind the tensors. */
  Random random() {
    return random;
  }

  /** Normally distributed values about a mean. */
  Tensor normal(float mean, int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = mean + (float) random.nextGaussian();
    }
    return tensor(values, dims);
  }

  /** Uniformly distributed values. */
  Tensor uniform(float low, float high, int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = low + (high - low) * random.nextFloat();
    }
    return tensor(values, dims);
  }

  /** Values on the backend's device; on the host they do not start at their array's start. */
  Tensor tensor(float[] values, int... dims) {
    float[] whole = new float[values.length + 6];
    System.arraycopy(values, 0, whole, 3, values.length);
    return contract.upload(Tensor.over(Tensor.of(whole).storage(), 3, Shape.of(dims)));
  }

  /** An output full of NaN, so that an element that is not written shows. */
  Tensor dirty(int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    Arrays.fill(values, Float.NaN);
    return tensor(values, dims);
  }

  /** The elements, on the host. */
  float[] floats(Tensor tensor) {
    return contract.download(tensor);
  }

  /** Compares, relative to the largest expected magnitude. */
  static void assertNear(String what, float[] actual, double[] expected, double tolerance) {
    assertThat(actual).as(what).hasSize(expected.length);
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      if (Double.isNaN(expected[i]) && Float.isNaN(actual[i])) {
        continue;
      }
      double error = Math.abs(actual[i] - expected[i]);
      if (!(error <= tolerance * largest + 1e-6)) {
        assertThat(actual[i])
            .as("%s[%d], expected %s within %s", what, i, expected[i], tolerance * largest)
            .isEqualTo((float) expected[i]);
      }
    }
  }
}
