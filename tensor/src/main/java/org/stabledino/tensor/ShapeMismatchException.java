package org.stabledino.tensor;

/** An op was given a tensor of the wrong shape; raised before any kernel runs. */
public final class ShapeMismatchException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * Names the op, the argument, both shapes and the fix.
   *
   * @param op the op, such as {@code matmul}
   * @param argument the argument, such as {@code weight}
   * @param expected what would fit
   * @param actual what was given
   * @param hint how to mend it; may be empty
   */
  public ShapeMismatchException(
      String op, String argument, String expected, String actual, String hint) {
    super(
        "%s: %s must be %s but is %s%s"
            .formatted(op, argument, expected, actual, hint.isEmpty() ? "" : " (" + hint + ")"));
  }

  /**
   * Checks that an argument has the expected shape.
   *
   * @param op the op
   * @param argument the argument's name
   * @param tensor the argument
   * @param expected the extents it must have; -1 stands for any
   */
  public static void check(String op, String argument, Tensor tensor, int... expected) {
    Shape shape = tensor.shape();
    boolean fits = shape.rank() == expected.length;
    for (int i = 0; fits && i < expected.length; i++) {
      fits = expected[i] < 0 || shape.dim(i) == expected[i];
    }
    if (!fits) {
      throw new ShapeMismatchException(
          op,
          argument,
          java.util.Arrays.toString(expected).replace("-1", "any"),
          shape.toString(),
          "");
    }
  }
}
