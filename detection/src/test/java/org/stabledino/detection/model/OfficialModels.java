package org.stabledino.detection.model;

import org.stabledino.nn.backbone.SwinConfig.Size;

/** Our configurations of the detectors that were recorded, by the recordings' names. */
final class OfficialModels {
  private OfficialModels() {}

  /** The configuration for the 80 categories of COCO. */
  static StableDinoConfig config(String name) {
    StableDinoConfig base =
        name.startsWith("dino") ? StableDinoConfig.dinoR50(80) : StableDinoConfig.stableDinoR50(80);
    return base.withBackbone(
        switch (name.replaceFirst("(stable)?dino_", "")) {
          case "r50_4scale" -> BackboneConfig.RESNET_50;
          case "r50_5scale" -> BackboneConfig.RESNET_50_FINE;
          case "swin_tiny_224", "swin_tiny_224_4scale" -> BackboneConfig.swin(Size.TINY);
          case "swin_large_384", "swin_large_384_4scale" -> BackboneConfig.swin(Size.LARGE);
          case "swin_large_384_5scale" -> BackboneConfig.swinFine(Size.LARGE);
          default -> throw new AssertionError(name);
        });
  }
}
