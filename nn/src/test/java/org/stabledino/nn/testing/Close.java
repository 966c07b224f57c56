package org.stabledino.nn.testing;

import java.util.Arrays;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Compares tensors with recorded ones. */
public final class Close {
  private Close() {}

  /**
   * Fails, naming tensor, index, got and expected, unless every element is within {@code
   * relativeToMax * A + absolute}, A being the largest absolute value expected. Equal infinities
   * and pairs of NaN are close.
   *
   * @param name the tensor's name in the message
   * @param expected as recorded
   * @param actual as computed; null (no gradient) counts as all zeros
   * @param relativeToMax tolerance relative to A
   * @param absolute further tolerance
   */
  public static void check(
      String name, Tensor expected, Tensor actual, double relativeToMax, double absolute) {
    float[] want = expected.toFloats();
    float[] got = actual == null ? new float[want.length] : actual.toFloats();
    if (actual != null && !actual.shape().equals(expected.shape())) {
      throw new AssertionError(
          "%s: shape %s, expected %s".formatted(name, actual.shape(), expected.shape()));
    }
    double largest = largest(want);
    double tolerance = relativeToMax * largest + absolute;
    int worst = -1;
    double worstDistance = tolerance;
    int failures = 0;
    for (int i = 0; i < want.length; i++) {
      double distance = distance(want[i], got[i]);
      if (distance > tolerance) {
        failures++;
        if (worst < 0 || distance > worstDistance) {
          worst = i;
          worstDistance = distance;
        }
      }
    }
    if (worst >= 0) {
      throw new AssertionError(
          "%s%s: got %s, expected %s: off by %.3g where %.3g is allowed (largest expected %.3g); %d of %d elements fail"
              .formatted(
                  name,
                  Arrays.toString(index(expected.shape(), worst)),
                  got[worst],
                  want[worst],
                  worstDistance,
                  tolerance,
                  largest,
                  failures,
                  want.length));
    }
  }

  /**
   * Fails unless a number is within a relative tolerance of the recorded one.
   *
   * @param name the number's name in the message
   * @param expected as recorded
   * @param actual as computed
   * @param relative tolerance relative to the expected number
   */
  public static void check(String name, double expected, double actual, double relative) {
    double tolerance = relative * Math.abs(expected);
    if (!(Math.abs(expected - actual) <= tolerance) && Double.compare(expected, actual) != 0) {
      throw new AssertionError(
          "%s: got %s, expected %s: off by %.3g where %.3g is allowed"
              .formatted(name, actual, expected, Math.abs(expected - actual), tolerance));
    }
  }

  private static double distance(float want, float got) {
    if (Float.compare(want, got) == 0) {
      return 0;
    }
    double distance = Math.abs((double) want - got);
    return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }

  private static int[] index(Shape shape, int flat) {
    int[] index = new int[shape.rank()];
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      index[axis] = flat % shape.dim(axis);
      flat /= shape.dim(axis);
    }
    return index;
  }
}
