package org.stabledino.detection.cli;

import java.io.PrintStream;
import java.util.function.Consumer;
import org.stabledino.detection.data.Problem;

/** What a command does with the problems of a data set it reads. */
final class Warnings {
  private Warnings() {}

  /**
   * Throws the first error, prints warnings.
   *
   * @param err takes a line for each warning
   * @return gets every problem in turn
   */
  static Consumer<Problem> refuseErrors(PrintStream err) {
    Consumer<Problem> refuse = Problem.refuse();
    return problem -> {
      refuse.accept(problem);
      err.println("warning: " + problem.line());
    };
  }
}
