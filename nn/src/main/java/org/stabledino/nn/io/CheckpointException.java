package org.stabledino.nn.io;

/**
 * A checkpoint cannot be read, written or loaded. The message is one line: what is wrong, in which
 * file and tensor, and what to do about it.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An error that the user can mend.
   *
   * @param message one line
   */
  public CheckpointException(String message) {
    super(oneLine(message));
  }

  /**
   * An error that the user can mend.
   *
   * @param message one line
   * @param cause what the operating system or the parser said
   */
  public CheckpointException(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Names in damaged files may hold anything. */
  private static String oneLine(String message) {
    return message.replaceAll("\\p{Cntrl}+|\\R+", " ");
  }
}
