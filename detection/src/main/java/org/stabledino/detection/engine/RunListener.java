package org.stabledino.detection.engine;

import java.time.Duration;
import org.stabledino.detection.evaluation.CocoMetrics;

/** Hears how a run is going. All methods may be left out. */
public interface RunListener {
  /** Hears nothing. */
  RunListener SILENT = new RunListener() {};

  /**
   * An optimiser step that is done.
   *
   * @param step how many are done
   * @param steps how many there will be
   * @param loss total weighted loss of the step
   * @param learningRate of the step
   * @param left what the rest of the run will take, evaluations included as far as their time is
   *     known
   */
  record Step(long step, long steps, double loss, double learningRate, Duration left) {}

  /**
   * An optimiser step is done.
   *
   * @param done which, and what it came to
   */
  default void stepped(Step done) {}

  /**
   * Pictures of an evaluation are done.
   *
   * @param images how many are done
   * @param total how many there will be
   */
  default void evaluating(int images, int total) {}

  /**
   * An evaluation is done.
   *
   * @param step the optimiser steps done
   * @param metrics its figures
   */
  default void evaluated(long step, CocoMetrics metrics) {}

  /**
   * Something the user should read.
   *
   * @param line one line
   */
  default void message(String line) {}
}
