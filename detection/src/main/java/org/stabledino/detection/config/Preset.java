package org.stabledino.detection.config;

import java.util.Arrays;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.stabledino.detection.UserException;
import org.stabledino.detection.model.StableDinoConfig;

/** Complete configurations by name. */
public enum Preset {
  /** What {@code ./stable-dino demo} trains. */
  DEMO(
      "stable-dino-demo",
      "about 1 M parameters on 96 x 96 pictures, for the rendered scenes",
      numClasses ->
          new RunConfig(
                  "stable-dino-demo",
                  StableDinoConfig.small(numClasses),
                  DataConfig.fixed(96, 96, 0),
                  OptimizerConfig.small(8e-4),
                  new TrainConfig(5500, 2, 60, 0.998, 50, 2750, 2750, 2),
                  new EvalConfig(10))
              // Scenes hold few objects, and each query costs time in every step.
              .with(
                  Map.of(
                      "model.transformer.numQueries", "40",
                      "model.denoising.queries", "36"))),
  /** The small recipe for real photos. */
  SMALL(
      "stable-dino-small",
      "about 1 M parameters on 240 x 320 pictures, learns from scratch on two cores",
      numClasses ->
          new RunConfig(
                  "stable-dino-small",
                  StableDinoConfig.small(numClasses),
                  DataConfig.fixed(240, 320, 0.7),
                  OptimizerConfig.small(7e-4),
                  new TrainConfig(4100, 2, 60, 0.998, 20, 1025, 500, 2),
                  new EvalConfig(4))
              .with(Map.of("model.transformer.numQueries", "60"))),
  /** The paper's main system, 12 epochs of COCO. */
  STABLE_R50_12(
      "stable-dino-r50-4scale-12ep",
      "the paper's main system on a ResNet-50 from random weights, 12 epochs of COCO",
      numClasses ->
          published(
              "stable-dino-r50-4scale-12ep", StableDinoConfig.stableDinoR50(numClasses), 11, 12)),
  /** The paper's main system, 24 epochs of COCO. */
  STABLE_R50_24(
      "stable-dino-r50-4scale-24ep",
      "the paper's main system on a ResNet-50 from random weights, 24 epochs of COCO",
      numClasses ->
          published(
              "stable-dino-r50-4scale-24ep", StableDinoConfig.stableDinoR50(numClasses), 20, 24)),
  /** Five scales, 12 epochs of COCO. */
  STABLE_R50_5SCALE_12(
      "stable-dino-r50-5scale-12ep",
      "five feature levels on a ResNet-50 from random weights, 12 epochs of COCO",
      numClasses ->
          published(
              "stable-dino-r50-5scale-12ep",
              StableDinoConfig.stableDinoR50FiveScale(numClasses),
              11,
              12)),
  /** The baseline, 12 epochs of COCO. */
  DINO_R50_12(
      "dino-r50-4scale-12ep",
      "the DINO baseline on a ResNet-50 from random weights, 12 epochs of COCO",
      numClasses ->
          published("dino-r50-4scale-12ep", StableDinoConfig.dinoR50(numClasses), 11, 12));

  /** Steps an epoch of COCO takes at a batch of 16, as the published schedule counts them. */
  private static final long STEPS_PER_EPOCH = 7500;

  private final String title;
  private final String description;
  private final IntFunction<RunConfig> settings;

  Preset(String title, String description, IntFunction<RunConfig> settings) {
    this.title = title;
    this.description = description;
    this.settings = settings;
  }

  private static RunConfig published(
      String title, StableDinoConfig model, int dropEpoch, int epochs) {
    return new RunConfig(
        title,
        model,
        DataConfig.detr(),
        OptimizerConfig.published(dropEpoch, epochs),
        new TrainConfig(epochs * STEPS_PER_EPOCH, 16, 60, 0, 20, 5000, 5000, 2),
        new EvalConfig(1));
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code stable-dino-small}
   */
  public String title() {
    return title;
  }

  /**
   * What it is for.
   *
   * @return one line
   */
  public String description() {
    return description;
  }

  /**
   * The settings.
   *
   * @param numClasses how many categories the data set has
   * @return the configuration
   */
  public RunConfig settings(int numClasses) {
    return settings.apply(numClasses);
  }

  /**
   * Finds a preset.
   *
   * @param title its name
   * @return the preset
   * @throws UserException if there is none of that name
   */
  public static Preset of(String title) {
    return Arrays.stream(values())
        .filter(preset -> preset.title.equalsIgnoreCase(title))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "no preset and no file is called '%s'; presets are %s"
                        .formatted(
                            title,
                            Arrays.stream(values())
                                .map(Preset::title)
                                .collect(Collectors.joining(", ")))));
  }
}
