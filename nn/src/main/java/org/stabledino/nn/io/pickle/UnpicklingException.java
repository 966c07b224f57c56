package org.stabledino.nn.io.pickle;

/** A pickle is damaged, hostile or asks for something that reading weights does not need. */
public final class UnpicklingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param message one line, without the name of the file
   */
  public UnpicklingException(String message) {
    super(message);
  }
}
