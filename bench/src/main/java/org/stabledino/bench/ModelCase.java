package org.stabledino.bench;

import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.detection.model.ValidSizes;
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
   * system, any other the small one.
   *
   * @param shape of the images
   * @return the model, in training
   */
  public static ModelCase of(NamedShape shape) {
    int classes = shape.get(3);
    StableDinoConfig config =
        shape.name().startsWith("r50")
            ? StableDinoConfig.stableDinoR50(classes)
            : StableDinoConfig.small(classes);
    StableDino model = new StableDino(config);
    model.initialize(Rng.of(60));
    Tensor images = new Inputs().between(-2f, 2f, shape.get(0), shape.get(1), shape.get(2), 3);
    return new ModelCase(
        config, model, images, ValidSizes.full(shape.get(0), shape.get(1), shape.get(2)));
  }
}
