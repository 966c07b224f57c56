package org.stabledino.bench;

import org.stabledino.detection.model.BackboneConfig;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.detection.model.ValidSizes;
import org.stabledino.nn.backbone.SwinConfig;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Tensor;

/**
 * A whole detector with random weights and a batch of random pixels for it.
 *
 * @param config what the detector is made of
 * @param model the detector
 * @param images shape [B, H, W, 3], about normal, as after normalisation
 * @param sizes of the images, all without padding
 */
public record ModelCase(
    StableDinoConfig config, StableDino model, Tensor images, ValidSizes sizes) {

  /**
   * Reads B x H x W and the number of classes; a name that begins with r50 is the paper's main
   * system, with swint the same on a Swin-T, any other the small one.
   *
   * @param shape of the images
   * @return the model, in training
   */
  public static ModelCase of(NamedShape shape) {
    StableDinoConfig config = config(shape.name(), shape.get(3));
    StableDino model = new StableDino(config);
    model.initialize(Rng.of(60));
    Tensor images = new Inputs().between(-2f, 2f, shape.get(0), shape.get(1), shape.get(2), 3);
    return new ModelCase(
        config, model, images, ValidSizes.full(shape.get(0), shape.get(1), shape.get(2)));
  }

  private static StableDinoConfig config(String name, int classes) {
    if (name.startsWith("r50")) {
      return StableDinoConfig.stableDinoR50(classes);
    }
    return name.startsWith("swint")
        ? StableDinoConfig.stableDinoR50(classes)
            .withBackbone(BackboneConfig.swin(SwinConfig.Size.TINY))
        : StableDinoConfig.small(classes);
  }
}
