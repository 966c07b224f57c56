package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/** Seeded tensors for the contract suites, and their comparison with doubles. */
final class ContractData {
  private final Backend backend;
  private final Random random;

  ContractData(Backend backend, long seed) {
    this.backend = backend;
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

  /** Values on the backend's device, at an odd offset inside a larger tensor. */
  Tensor tensor(float[] values, int... dims) {
    Shape shape = Shape.of(dims);
    Tensor whole = backend.empty(DType.FLOAT32, Shape.of(values.length + 6));
    for (int i = 0; i < values.length; i++) {
      whole.floats()[whole.offset() + 3 + i] = values[i];
    }
    return Tensor.over(whole.storage(), whole.offset() + 3, shape);
  }

  /** An output full of NaN, so that an element that is not written shows. */
  Tensor dirty(int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    java.util.Arrays.fill(values, Float.NaN);
    return tensor(values, dims);
  }

  /** The elements. */
  float[] floats(Tensor tensor) {
    return tensor.toFloats();
  }

  /** Compares, relative to the largest expected magnitude. */
  static void assertClose(String what, float[] actual, double[] expected, double tolerance) {
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
