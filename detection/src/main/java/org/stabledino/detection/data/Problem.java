package org.stabledino.detection.data;

import java.util.function.Consumer;
import org.stabledino.detection.UserException;

/**
 * Something wrong, or merely odd, in a data set.
 *
 * @param severity whether training refuses the data set because of it
 * @param where the file and the entry in it, for example {@code train.json: annotation 17}
 * @param what what is wrong, with the value found
 * @param fix what the user can do about it
 */
public record Problem(Severity severity, String where, String what, String fix) {

  /** How bad a problem is. */
  public enum Severity {
    /** Legal but worth knowing; training goes on. */
    WARNING,
    /** Training on it would fail or learn nonsense. */
    ERROR
  }

  /**
   * A problem that stops training.
   *
   * @param where the file and the entry in it
   * @param what what is wrong
   * @param fix how to mend it
   * @return the problem
   */
  public static Problem error(String where, String what, String fix) {
    return new Problem(Severity.ERROR, where, what, fix);
  }

  /**
   * A problem that is only reported.
   *
   * @param where the file and the entry in it
   * @param what what is odd
   * @param fix what could be done about it
   * @return the problem
   */
  public static Problem warning(String where, String what, String fix) {
    return new Problem(Severity.WARNING, where, what, fix);
  }

  /**
   * A consumer for strict reading: the first error is thrown, warnings pass.
   *
   * @return a consumer that throws a {@link UserException} with the problem's line
   */
  public static Consumer<Problem> refuse() {
    return problem -> {
      if (problem.severity == Severity.ERROR) {
        throw new UserException(problem.line());
      }
    };
  }

  /**
   * The problem in one line.
   *
   * @return {@code where: what; fix}
   */
  public String line() {
    return where + ": " + what + "; " + fix;
  }
}
