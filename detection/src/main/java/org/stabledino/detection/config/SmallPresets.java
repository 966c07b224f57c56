package org.stabledino.detection.config;

import java.util.Map;
import org.stabledino.detection.model.StableDinoConfig;

/** Detectors of about a million parameters that learn from scratch in minutes. */
final class SmallPresets {
  private SmallPresets() {}

  static Preset demo() {
    return new Preset(
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
                        "train.emaWarmup", "true",
                        "model.transformer.numQueries", "40",
                        "model.denoising.queries", "36")));
  }

  static Preset small() {
    return new Preset(
        "stable-dino-small",
        "about 1 M parameters on 240 x 320 pictures, learns from scratch on two cores",
        numClasses ->
            new RunConfig(
                    "stable-dino-small",
                    StableDinoConfig.small(numClasses),
                    DataConfig.fixed(240, 320, 0.7),
                    OptimizerConfig.small(7e-4),
                    new TrainConfig(6800, 2, 60, 0.998, 20, 1700, 500, 2),
                    new EvalConfig(4))
                .with(Map.of("train.emaWarmup", "true", "model.transformer.numQueries", "60")));
  }
}
