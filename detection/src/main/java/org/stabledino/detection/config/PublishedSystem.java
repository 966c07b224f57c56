package org.stabledino.detection.config;

import java.util.function.IntFunction;
import org.stabledino.detection.model.BackboneConfig;
import org.stabledino.detection.model.StableDinoConfig;

/** The two systems of the paper's main tables. */
enum PublishedSystem {
  /** Position-supervised loss, position-modulated cost, dense fusion, suppression at 0.8. */
  STABLE_DINO("stable-dino", "Stable-DINO", StableDinoConfig::stableDinoR50),
  /** The baseline. */
  DINO("dino", "DINO", StableDinoConfig::dinoR50);

  private final String title;
  private final String label;
  private final IntFunction<StableDinoConfig> model;

  PublishedSystem(String title, String label, IntFunction<StableDinoConfig> model) {
    this.title = title;
    this.label = label;
    this.model = model;
  }

  /** The first part of a preset's name. */
  String title() {
    return title;
  }

  /** The name in a text. */
  String label() {
    return label;
  }

  /** The model on a backbone, which also decides the number of scales. */
  StableDinoConfig on(BackboneConfig backbone, int numClasses) {
    return model.apply(numClasses).withBackbone(backbone);
  }
}
