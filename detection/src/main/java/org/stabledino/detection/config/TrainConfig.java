package org.stabledino.detection.config;

/**
 * The length of a run and what happens along it.
 *
 * @param steps optimiser steps
 * @param batchSize pictures a step
 * @param seed of everything random: initial weights, order, augmentation, denoising
 * @param emaDecay decay of the moving average of the weights, which is evaluated and kept; 0 for
 *     none
 * @param emaWarmup whether that average starts with short memory, so that early evaluations do not
 *     see the random weights of the start; the published code averages with full memory at once
 * @param logEvery steps between lines of the metrics file
 * @param evaluateEvery steps between evaluations; 0 for one at the end
 * @param checkpointEvery steps between checkpoints
 * @param keepCheckpoints how many of the latest checkpoints stay
 * @param accumulate parts in which a batch is computed, one after the other; their gradients are
 *     added up, so that the step is the same and takes the memory of one part
 * @param activationCheckpointing whether layers are computed again in the backward pass instead of
 *     keeping what they made: the same step in more time and less memory
 * @param amp whether products of a step round their operands; weights, losses and all else stay
 *     float32
 * @param tensorBoard whether event files for TensorBoard are written beside the metrics file
 */
public record TrainConfig(
    long steps,
    int batchSize,
    long seed,
    double emaDecay,
    boolean emaWarmup,
    int logEvery,
    long evaluateEvery,
    long checkpointEvery,
    int keepCheckpoints,
    int accumulate,
    boolean activationCheckpointing,
    Amp amp,
    boolean tensorBoard) {

  /** Automatic mixed precision. */
  public enum Amp {
    /** All is float32. */
    OFF,
    /** Matrix products and convolutions round their operands to bfloat16; takes a GPU. */
    BF16
  }

  /** Checks ranges. */
  public TrainConfig {
    Require.positive("steps", steps);
    Require.positive("batchSize", batchSize);
    Require.decay("emaDecay", emaDecay);
    Require.positive("logEvery", logEvery);
    Require.within("evaluateEvery", evaluateEvery, 0, Long.MAX_VALUE);
    Require.positive("checkpointEvery", checkpointEvery);
    Require.positive("keepCheckpoints", keepCheckpoints);
    Require.within("accumulate", accumulate, 1, batchSize);
  }

  /**
   * A run that computes each batch as a whole, keeps all activations in float32, and writes for
   * TensorBoard.
   *
   * @param steps optimiser steps
   * @param batchSize pictures a step
   * @param seed of everything random
   * @param emaDecay decay of the moving average; 0 for none
   * @param logEvery steps between lines of the metrics file
   * @param evaluateEvery steps between evaluations; 0 for one at the end
   * @param checkpointEvery steps between checkpoints
   * @param keepCheckpoints how many of the latest checkpoints stay
   */
  public TrainConfig(
      long steps,
      int batchSize,
      long seed,
      double emaDecay,
      int logEvery,
      long evaluateEvery,
      long checkpointEvery,
      int keepCheckpoints) {
    this(
        steps,
        batchSize,
        seed,
        emaDecay,
        false,
        logEvery,
        evaluateEvery,
        checkpointEvery,
        keepCheckpoints,
        1,
        false,
        Amp.OFF,
        true);
  }
}
