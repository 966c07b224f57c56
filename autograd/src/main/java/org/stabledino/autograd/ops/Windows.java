package org.stabledino.autograd.ops;

import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ShapeMismatchException;

/** Checks that the windows of a convolution or a pooling fit a feature map. */
final class Windows {
  private Windows() {}

  /** Fails unless stride and padding make sense and at least one window fits. */
  static void check(String op, Variable x, int kernel, int stride, int padding) {
    if (kernel < 1 || stride < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "%s: kernel and stride must be positive and padding not negative, but are %d, %d and %d"
              .formatted(op, kernel, stride, padding));
    }
    int least = kernel - 2 * padding;
    if (x.dim(1) < least || x.dim(2) < least) {
      throw new ShapeMismatchException(
          op,
          "x",
          "at least %d high and wide".formatted(least),
          x.shape().toString(),
          "one window of %d must fit the map and its padding".formatted(kernel));
    }
  }
}
