package org.stabledino.cuda;

/** A call of the CUDA driver or of cuBLAS failed; the message says which, and what it answered. */
public final class DriverException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Names the call.
   *
   * @param message the call and the driver's answer
   */
  DriverException(String message) {
    super(message);
  }
}
