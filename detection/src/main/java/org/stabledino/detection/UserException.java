package org.stabledino.detection;

/**
 * Something the user can mend: a bad file, option or data set.
 *
 * <p>The message is one line that names the thing, what is wrong with it and the fix. The command
 * line prints it without a stack trace and exits with code 2.
 */
public final class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An error whose message is shown to the user as it is.
   *
   * @param message one line: what is wrong, where, and how to mend it
   */
  public UserException(String message) {
    super(message);
  }

  /**
   * An error with the technical reason kept for the log.
   *
   * @param message one line: what is wrong, where, and how to mend it
   * @param cause what was caught
   */
  public UserException(String message, Throwable cause) {
    super(message, cause);
  }
}
