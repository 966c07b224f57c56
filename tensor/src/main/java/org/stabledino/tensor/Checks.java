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

  /**
   * Arguments of float32, all on one device. A kernel of another device, or on a GPU one that reads
   * another type, would not notice.
   *
   * @param names of the arguments, separated by a space; only an error takes them apart
   */
  static void floats(String op, String names, Tensor... tensors) {
    Device device = null;
    for (int i = 0; i < tensors.length; i++) {
      Tensor tensor = tensors[i];
      if (tensor != null) {
        if (tensor.dtype() != DType.FLOAT32) {
          throw type(op, names.split(" ")[i], DType.FLOAT32, tensor);
        }
        if (device == null) {
          device = tensor.device();
        } else if (!device.equals(tensor.device())) {
          throw place(op, names.split(" ")[i], device, tensor);
        }
      }
    }
  }

  /** An argument of this type, beside another on the same device. */
  static void type(String op, String argument, Tensor tensor, DType expected, Tensor beside) {
    if (tensor != null) {
      type(op, argument, tensor, expected);
      if (!tensor.device().equals(beside.device())) {
        throw place(op, argument, beside.device(), tensor);
      }
    }
  }

  /** An argument of this type. */
  static void type(String op, String argument, Tensor tensor, DType expected) {
    if (tensor.dtype() != expected) {
      throw type(op, argument, expected, tensor);
    }
  }

  private static IllegalArgumentException type(
      String op, String argument, DType expected, Tensor actual) {
    return new IllegalArgumentException(
        "%s: %s must be of %s but is %s".formatted(op, argument, expected, actual));
  }

  private static IllegalArgumentException place(
      String op, String argument, Device expected, Tensor actual) {
    return new IllegalArgumentException(
        "%s: %s must lie on %s but is %s; move it with Tensor.to"
            .formatted(op, argument, expected, actual));
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
