package org.stabledino.detection.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.OptimizerConfig.Schedule;
import org.stabledino.detection.model.Compat;
import org.stabledino.detection.model.StableDinoConfig;

/**
 * Everything that decides what a run does.
 *
 * @param preset the preset it started from, which also says what kind of backbone there is
 * @param model the detector, its losses and its matching
 * @param data how pictures reach it
 * @param optimizer how its weights change
 * @param train how long, and what happens on the way
 * @param eval how it is evaluated
 */
public record RunConfig(
    String preset,
    StableDinoConfig model,
    DataConfig data,
    OptimizerConfig optimizer,
    TrainConfig train,
    EvalConfig eval) {
  private static final String COMPAT = "compat";
  private static final String PRESET = "preset";
  private static final String DATA = "data.";
  private static final String STEPS = "train.steps";
  private static final String WARMUP = "optimizer.warmupSteps";

  /**
   * A copy with some settings replaced, each of which must make a difference.
   *
   * @param overrides value by key; {@code compat} sets the six settings in which the paper and the
   *     published code differ, before the others
   * @return the copy
   * @throws UserException if a key is unknown, a value does not fit it or another setting, or the
   *     chosen augmentation would ignore it
   */
  public RunConfig with(Map<String, String> overrides) {
    RunConfig changed = replace(overrides);
    overrides.keySet().forEach(changed::requireUse);
    if (overrides.containsKey(STEPS) || overrides.containsKey(WARMUP)) {
      changed.requirePeak();
    }
    return changed;
  }

  private void requireUse(String key) {
    if (key.equals("optimizer.milestones") && optimizer.schedule() != Schedule.MULTI_STEP
        || key.equals("optimizer.floor") && optimizer.schedule() != Schedule.COSINE) {
      throw new UserException(
          "setting %s has no effect with optimizer.schedule=%s; leave it out, or choose another schedule"
              .formatted(key, optimizer.schedule().name().toLowerCase(Locale.ROOT)));
    }
    if (key.equals("train.emaWarmup") && train.emaDecay() == 0) {
      throw new UserException(
          "setting %s has no effect with train.emaDecay=0; leave it out, or give a decay such as 0.999"
              .formatted(key));
    }
    if (key.startsWith(DATA) && data.augmentation().ignores(key.substring(DATA.length()))) {
      throw new UserException(
          "setting %s has no effect with %saugmentation=%s; leave it out, or choose another augmentation"
              .formatted(key, DATA, data.augmentation().name().toLowerCase(Locale.ROOT)));
    }
  }

  private void requirePeak() {
    if (optimizer.warmupSteps() >= train.steps()) {
      throw new UserException(
          "setting %s=%d must be below %s=%d, or the learning rate never reaches its peak; give both"
              .formatted(WARMUP, optimizer.warmupSteps(), STEPS, train.steps()));
    }
  }

  private RunConfig replace(Map<String, String> overrides) {
    Map<String, String> others = new LinkedHashMap<>(overrides);
    String compat = others.remove(COMPAT);
    RunConfig base = this;
    if (compat != null) {
      base = new RunConfig(preset, model.with(compat(compat)), data, optimizer, train, eval);
    }
    if (!others.getOrDefault(PRESET, preset).equals(preset)) {
      throw new UserException("the preset is chosen with --config, not with " + PRESET + "=");
    }
    return Settings.override(base, others);
  }

  /**
   * The configuration that {@link #flatten} described.
   *
   * @param settings value by key; what is missing is as in the preset
   * @param numClasses how many categories the data set has
   * @return the configuration
   * @throws UserException if a key is unknown or a value does not fit it
   */
  public static RunConfig restore(Map<String, String> settings, int numClasses) {
    String preset = settings.getOrDefault(PRESET, Preset.SMALL.title());
    return Preset.of(preset).settings(numClasses).replace(settings);
  }

  private static Compat compat(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "paper" -> Compat.PAPER;
      case "released" -> Compat.RELEASED;
      default ->
          throw new UserException(
              "setting compat: '%s' is not one of paper, released".formatted(text));
    };
  }

  /**
   * Which value of {@code compat} would leave the six settings that it sets as they are.
   *
   * @return {@code paper}, {@code released}, or {@code mixed} where either would change something
   */
  public String compat() {
    for (Compat compat : Compat.values()) {
      if (model.equals(model.with(compat))) {
        return compat.name().toLowerCase(Locale.ROOT);
      }
    }
    return "mixed";
  }

  /**
   * All settings.
   *
   * @return value by key
   */
  public Map<String, String> flatten() {
    return Settings.flatten(this);
  }
}
