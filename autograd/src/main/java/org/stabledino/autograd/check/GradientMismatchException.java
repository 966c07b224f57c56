package org.stabledino.autograd.check;

/** A gradient that is not the derivative of its function; the message says which and where. */
public final class GradientMismatchException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * Names op, argument, index, the gradient found and the one expected.
   *
   * @param message what differs
   */
  public GradientMismatchException(String message) {
    super(message);
  }
}
