package org.stabledino.detection.model;

import org.stabledino.detection.config.Preset;
import org.stabledino.nn.backbone.SwinConfig;
import org.stabledino.nn.backbone.SwinConfig.Size;

/** Our presets of the detectors that were recorded, by the recordings' names. */
final class OfficialModels {
  private OfficialModels() {}

  /** The configuration for the 80 categories of COCO. */
  static StableDinoConfig config(String name) {
    if (name.equals("stabledino_swin_large_384_5scale")) {
      SwinConfig fine = SwinConfig.of(Size.LARGE).withFirstOutput(0);
      return preset("stable-dino-swin-l-4scale")
          .withBackbone(new BackboneConfig.ShiftedWindows(fine));
    }
    return preset(
        switch (name) {
          case "stabledino_r50_4scale" -> "stable-dino-r50-4scale";
          case "stabledino_r50_5scale" -> "stable-dino-r50-5scale";
          case "stabledino_swin_tiny_224_4scale" -> "stable-dino-swin-t-4scale";
          case "stabledino_swin_large_384_4scale" -> "stable-dino-swin-l-4scale";
          case "dino_r50_4scale" -> "dino-r50-4scale";
          case "dino_r50_5scale" -> "dino-r50-5scale";
          case "dino_swin_tiny_224" -> "dino-swin-t-4scale";
          case "dino_swin_large_384" -> "dino-swin-l-4scale";
          default -> throw new AssertionError(name);
        });
  }

  /** The model of a preset of 12 epochs. */
  static StableDinoConfig preset(String system) {
    return Preset.of(system + "-12ep").settings(80).model();
  }
}
