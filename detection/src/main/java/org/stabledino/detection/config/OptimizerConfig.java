package org.stabledino.detection.config;

import java.util.List;

/**
 * AdamW and its schedule (specification, Sec. 6).
 *
 * @param learningRate peak rate of everything but the backbone
 * @param backboneFactor the backbone's rate as a fraction of that
 * @param weightDecay decoupled decay
 * @param noDecay which parameters have none
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param clipNorm limit of the joint norm of all gradients
 * @param schedule how the rate changes
 * @param warmupSteps steps in which the rate rises linearly from near zero
 * @param milestones fractions of the run after which the rate falls to a tenth, for {@link
 *     Schedule#MULTI_STEP}
 * @param floor the final rate as a fraction of the peak, for {@link Schedule#COSINE}
 */
public record OptimizerConfig(
    double learningRate,
    double backboneFactor,
    double weightDecay,
    NoDecay noDecay,
    double beta1,
    double beta2,
    double eps,
    double clipNorm,
    Schedule schedule,
    int warmupSteps,
    List<Double> milestones,
    double floor) {

  /** Which parameters get no weight decay. */
  public enum NoDecay {
    /** Those of normalisation layers. */
    NORMS,
    /** Everything one-dimensional: norms and biases. */
    VECTORS
  }

  /** How the learning rate changes over the run. */
  public enum Schedule {
    /** The same throughout. */
    CONSTANT,
    /** A tenth from each milestone on. */
    MULTI_STEP,
    /** Half a cosine down to the floor. */
    COSINE
  }

  /** Checks ranges. */
  public OptimizerConfig {
    Require.positive("learningRate", learningRate);
    Require.within("backboneFactor", backboneFactor, 0, 100);
    Require.within("weightDecay", weightDecay, 0, 1);
    Require.decay("beta1", beta1);
    Require.decay("beta2", beta2);
    Require.positive("eps", eps);
    Require.positive("clipNorm", clipNorm);
    Require.within("warmupSteps", warmupSteps, 0, Integer.MAX_VALUE);
    Require.within("floor", floor, 0, 1);
    milestones.forEach(fraction -> Require.within("milestones", fraction, 0, 1));
    milestones = List.copyOf(milestones);
  }

  /**
   * The published recipe: rate 1e-4 (backbone 1e-5), clip 0.1, one drop.
   *
   * @param dropEpoch the epoch at which the rate falls
   * @param epochs the length of the run
   * @return the settings
   */
  public static OptimizerConfig published(int dropEpoch, int epochs) {
    return new OptimizerConfig(
        1e-4,
        0.1,
        1e-4,
        NoDecay.NORMS,
        0.9,
        0.999,
        1e-8,
        0.1,
        Schedule.MULTI_STEP,
        0,
        List.of((double) dropEpoch / epochs),
        0);
  }

  /**
   * The recipe for small models from scratch: full rate everywhere, warm-up of 100 steps, cosine to
   * 2 %.
   *
   * @param learningRate the peak
   * @return the settings
   */
  public static OptimizerConfig small(double learningRate) {
    return new OptimizerConfig(
        learningRate,
        1,
        1e-4,
        NoDecay.VECTORS,
        0.9,
        0.999,
        1e-8,
        0.1,
        Schedule.COSINE,
        100,
        List.of(),
        0.02);
  }
}
