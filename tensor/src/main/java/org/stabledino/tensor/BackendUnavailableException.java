package org.stabledino.tensor;

/** A backend cannot work on this machine; the message says what is missing and how to get it. */
public final class BackendUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Says what is missing.
   *
   * @param message one line: what is missing and how to get it
   */
  public BackendUnavailableException(String message) {
    super(message);
  }
}
