package org.stabledino.tensor;

import java.util.Arrays;

/** What the checked kernel families ask of their arguments. Null stands for a skipped output. */
final class Checks {
  private Checks() {}

  /** Exactly this shape; -1 stands for any extent. */
  static void shape(String op, String argument, Tensor tensor, int... expected) {
    if (tensor != null) {
      ShapeMismatchException.check(op, argument, tensor, expected);
    }
  }

  /** As many elements as another tensor, in the same order. */
  static void like(String op, String argument, Tensor tensor, Tensor reference) {
    if (tensor != null && tensor.size() != reference.size()) {
      throw mismatch(op, argument, "like " + reference.shape(), tensor);
    }
  }

  /** One element for each of so many things. */
  static void count(String op, String argument, Tensor tensor, int count) {
    if (tensor != null && tensor.size() != count) {
      throw mismatch(op, argument, "of " + count + " elements", tensor);
    }
  }

  /** So many dimensions. */
  static void rank(String op, String argument, Tensor tensor, int rank) {
    if (tensor.rank() != rank) {
      throw mismatch(op, argument, "of " + rank + " dimensions", tensor);
    }
  }

  /** The extent of the innermost dimension. */
  static int last(String op, String argument, Tensor tensor) {
    if (tensor.rank() == 0) {
      throw mismatch(op, argument, "of 1 dimension or more", tensor);
    }
    return tensor.dim(-1);
  }

  /** Two outputs of which a caller wants both or none. */
  static void together(String op, String argument, Tensor tensor, Tensor other) {
    if ((tensor == null) != (other == null)) {
      throw new ShapeMismatchException(
          op,
          argument,
          other == null ? "null like its companion" : "given like its companion",
          tensor == null ? "null" : tensor.shape().toString(),
          "");
    }
  }

  /** What is thrown at a number that does not fit; made then only, as words take time. */
  static ShapeMismatchException wrong(String op, String argument, String expected, Object actual) {
    return new ShapeMismatchException(op, argument, expected, String.valueOf(actual), "");
  }

  static ShapeMismatchException mismatch(
      String op, String argument, String expected, Tensor actual) {
    return new ShapeMismatchException(op, argument, expected, actual.shape().toString(), "");
  }

  /** An expected shape in words. */
  static String text(int... dims) {
    return Arrays.toString(dims).replace("-1", "any");
  }
}
