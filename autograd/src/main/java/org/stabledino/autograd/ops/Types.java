package org.stabledino.autograd.ops;

import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/** Checks the types of arguments that are no numbers: indices and masks. */
final class Types {
  private Types() {}

  /** Fails unless a tensor holds elements of a type. */
  static void check(String op, String argument, Tensor tensor, DType expected) {
    if (tensor.dtype() != expected) {
      throw new IllegalArgumentException(
          "%s: %s must be of type %s but is %s".formatted(op, argument, expected, tensor));
    }
  }
}
