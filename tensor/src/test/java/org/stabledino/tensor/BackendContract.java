package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What every backend must do, checked against plain loops in double precision.
 *
 * <p>A backend runs the contract by extending each {@code BackendContract...} class and naming
 * itself; one whose tensors do not live in Java arrays also says how they get there and back.
 */
public abstract class BackendContract {

  /** The backend under test. */
  protected abstract Backend backend();

  /** Copies a host tensor to the backend's device. */
  protected Tensor upload(Tensor host) {
    return host;
  }

  /** Copies a float32 device tensor's elements to the host. */
  protected float[] download(Tensor tensor) {
    return tensor.toFloats();
  }

  /** Copies an int32 device tensor's elements to the host. */
  protected int[] downloadInts(Tensor tensor) {
    int[] values = new int[tensor.size()];
    System.arraycopy(tensor.ints(), tensor.offset(), values, 0, values.length);
    return values;
  }

  /** Copies a float64 device tensor's elements to the host. */
  protected double[] downloadDoubles(Tensor tensor) {
    Tensor host = backend().download(tensor);
    return Arrays.copyOfRange(host.doubles(), host.offset(), host.offset() + host.size());
  }

  /** An output full of NaN, so that an element nobody wrote is seen. */
  protected Tensor output(int... dims) {
    return upload(Tensor.full(Float.NaN, dims));
  }

  /** Numbers around 0, about normally distributed. */
  protected static float[] normals(SplittableRandom random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] =
          (float) (random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5) * 2;
    }
    return values;
  }

  /** A host tensor of such numbers that does not start at its array's start. */
  protected static Tensor normal(SplittableRandom random, int... dims) {
    int size = Shape.of(dims).size();
    float[] padded = normals(random, size + 3);
    return Tensor.over(Tensor.of(padded).storage(), 3, Shape.of(dims));
  }

  /** Fails unless {@code |actual - expected| <= absolute + relative * |expected|} everywhere. */
  protected static void assertClose(
      String what, float[] actual, double[] expected, double absolute, double relative) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      boolean same =
          Math.abs(actual[i] - expected[i]) <= absolute + relative * Math.abs(expected[i])
              || actual[i] == (float) expected[i]
              || Double.isNaN(expected[i]) && Float.isNaN(actual[i]);
      if (!same) {
        throw new AssertionError(
            "%s: element %d of %d must be %s but is %s"
                .formatted(what, i, actual.length, expected[i], actual[i]));
      }
    }
  }
}
