package org.stabledino.nn.optim;

import java.util.Arrays;
import java.util.List;

/**
 * What learning rates are multiplied by, as a function of the part of the run that is done.
 *
 * {@snippet :
 * // 12 epochs of 7500 steps, a tenth from epoch 11 on
 * LearningRateSchedule steps =
 *     LearningRateSchedule.multiStep(List.of(1.0, 0.1), List.of(82500L), 90000);
 * LearningRateSchedule small = LearningRateSchedule.cosine(0.02).withWarmup(100.0 / 11167, 0.01);
 * double now = small.multiplier(5000, 11167);
 * }
 */
@FunctionalInterface
public interface LearningRateSchedule {
  /** Moves drops and the end of a warm-up ahead by a millionth of the run, as detectron2 does. */
  double EPSILON = 1e-6;

  /**
   * The multiplier.
   *
   * @param where the part of the run that is done, in 0..1
   * @return the multiplier in force
   */
  double at(double where);

  /**
   * The multiplier during a step.
   *
   * @param step from 0
   * @param steps in the whole run
   * @return the multiplier
   */
  default double multiplier(long step, long steps) {
    return at((double) step / steps);
  }

  /**
   * No change.
   *
   * @return 1 always
   */
  static LearningRateSchedule constant() {
    return _ -> 1;
  }

  /**
   * Drops at milestones. They are proportions: a run of another length than {@code updates} has its
   * drops moved accordingly.
   *
   * @param values multipliers before, between and after the milestones
   * @param milestones updates after which the next value holds, one fewer than values
   * @param updates in the whole run
   * @return the schedule
   */
  static LearningRateSchedule multiStep(List<Double> values, List<Long> milestones, long updates) {
    if (values.size() != milestones.size() + 1) {
      throw new IllegalArgumentException(
          "%d milestones need %d values, not %d"
              .formatted(milestones.size(), milestones.size() + 1, values.size()));
    }
    double[] multipliers = values.stream().mapToDouble(Double::doubleValue).toArray();
    long[] drops = milestones.stream().mapToLong(Long::longValue).toArray();
    return where -> {
      long update = (long) ((where + EPSILON) * updates);
      return multipliers[(int) Arrays.stream(drops).filter(drop -> drop <= update).count()];
    };
  }

  /**
   * Half a cosine wave from 1 down to a floor.
   *
   * @param floor the multiplier at the end
   * @return the schedule
   */
  static LearningRateSchedule cosine(double floor) {
    return where -> floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * where));
  }

  /** How the multiplier moves during a warm-up. */
  enum Warmup {
    /** In a straight line to where the main schedule takes over. */
    LINEAR,
    /** Not at all. */
    CONSTANT
  }

  /**
   * Precedes this schedule by a linear warm-up; this schedule runs underneath from the start.
   *
   * @param length part of the run, in 0..1; 0 for none
   * @param factor of this schedule's first value, at the start of the warm-up
   * @return the schedule
   */
  default LearningRateSchedule withWarmup(double length, double factor) {
    return withWarmup(length, factor, Warmup.LINEAR, false);
  }

  /**
   * Precedes this schedule by a warm-up.
   *
   * @param length part of the run, in 0..1; 0 for none
   * @param factor of this schedule's first value, at the start of the warm-up
   * @param method how it moves
   * @param rescale true to start this schedule after the warm-up, compressed into the rest of the
   *     run; false to let it run underneath
   * @return the schedule
   */
  default LearningRateSchedule withWarmup(
      double length, double factor, Warmup method, boolean rescale) {
    double start = factor * at(0);
    double end = rescale ? at(0) : at(length);
    return where -> {
      if (where + EPSILON <= length) {
        double part = where / length;
        return method == Warmup.LINEAR ? end * part + start * (1 - part) : start;
      }
      return at(rescale ? (where - length) / (1 - length) : where);
    };
  }
}
