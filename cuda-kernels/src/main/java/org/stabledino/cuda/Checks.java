package org.stabledino.cuda;

import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Checks of arguments that several families share. */
final class Checks {
  private Checks() {}

  /** The number of elements of x, which another tensor must have too. */
  static int sameSize(String op, Tensor x, Tensor other) {
    return sameSize(op, "tensor", x, other);
  }

  /** The number of elements of x, which a named argument must have too. */
  static int sameSize(String op, String argument, Tensor x, Tensor other) {
    if (x.size() != other.size()) {
      throw new ShapeMismatchException(
          op, argument, "like " + x.shape(), other.shape().toString(), "");
    }
    return x.size();
  }

  /** Fails unless a nullable output has this many elements. */
  static void size(String op, String argument, Tensor tensor, int size) {
    if (tensor != null && tensor.size() != size) {
      throw new ShapeMismatchException(
          op, argument, "of " + size + " elements", tensor.shape().toString(), "");
    }
  }
}
