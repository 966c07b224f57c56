package org.stabledino.detection.config;

/**
 * The length of a run and what happens along it.
 *
 * @param steps optimiser steps
 * @param batchSize pictures a step
 * @param seed of everything random: initial weights, order, augmentation, denoising
 * @param emaDecay decay of the moving average of the weights, which is evaluated and kept; 0 for
 *     none
 * @param logEvery steps between lines of the metrics file
 * @param evaluateEvery steps between evaluations; 0 for one at the end
 * @param checkpointEvery steps between checkpoints
 * @param keepCheckpoints how many of the latest checkpoints stay
 */
public record TrainConfig(
    long steps,
    int batchSize,
    long seed,
    double emaDecay,
    int logEvery,
    long evaluateEvery,
    long checkpointEvery,
    int keepCheckpoints) {

  /** Checks ranges. */
  public TrainConfig {
    Require.positive("steps", steps);
    Require.positive("batchSize", batchSize);
    Require.decay("emaDecay", emaDecay);
    Require.positive("logEvery", logEvery);
    Require.within("evaluateEvery", evaluateEvery, 0, Long.MAX_VALUE);
    Require.positive("checkpointEvery", checkpointEvery);
    Require.positive("keepCheckpoints", keepCheckpoints);
  }
}
