package org.stabledino.detection.matching;

/** A cost matrix that has no minimum-cost assignment. */
public final class AssignmentException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * An error about one cost matrix.
   *
   * @param message its shape and what is wrong with it
   */
  public AssignmentException(String message) {
    super(message);
  }
}
