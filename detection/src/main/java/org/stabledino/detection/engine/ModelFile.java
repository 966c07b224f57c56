package org.stabledino.detection.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.tensor.Tensor;

/**
 * A trained detector in one safetensors file: weights under their official names; configuration and
 * categories as free text in the header.
 */
public final class ModelFile {
  private ModelFile() {}

  /**
   * A detector read from a file.
   *
   * @param model the network, ready for inference
   * @param config the configuration it was trained with
   * @param categories what its classes stand for
   */
  public record Loaded(StableDino model, RunConfig config, List<Category> categories) {

    /**
     * Checks that a data set has the classes this detector knows.
     *
     * @param dataset the data set
     * @throws UserException naming the first difference
     */
    public void requireCategoriesOf(CocoDataset dataset) {
      ModelHeader.requireSame("the detector", categories, dataset);
    }
  }

  /**
   * Writes a detector; the file appears whole or not at all.
   *
   * @param file where
   * @param weights tensors by name
   * @param config the run's configuration
   * @param categories what the classes stand for
   */
  static void write(
      Path file, Map<String, Tensor> weights, RunConfig config, List<Category> categories) {
    SafeTensors.write(file, weights, ModelHeader.metadata(config, categories));
  }

  /**
   * Reads a detector.
   *
   * @param path a model file, or the folder of a run: its best weights, else its last
   * @param overrides settings that replace those of the file, such as {@code
   *     model.postProcessor.nmsThreshold}
   * @return the detector
   * @throws UserException if there is none, or it is not one of ours
   */
  public static Loaded read(Path path, Map<String, String> overrides) {
    if (!Files.exists(path)) {
      throw new UserException(
          "%s: no such file or folder; give a run's folder or its model.safetensors"
              .formatted(path));
    }
    Path file = Files.isDirectory(path) ? inRun(path) : path;
    try (SafeTensors tensors = SafeTensors.open(file)) {
      ModelHeader header = ModelHeader.of(file, tensors.metadata());
      RunConfig config = header.config().with(overrides);
      StableDino model = build(config.model());
      StateDicts.load(model, tensors, Strictness.STRICT);
      model.train(false);
      return new Loaded(model, config, header.categories());
    }
  }

  /**
   * Makes the network of a configuration, with weights that are still to be set.
   *
   * @param config the architecture
   * @return the network
   * @throws UserException if its parts do not fit each other
   */
  static StableDino build(StableDinoConfig config) {
    try {
      return new StableDino(config);
    } catch (IllegalArgumentException misfit) {
      throw new UserException(
          "the settings of the model do not fit each other: %s; change model.* back"
              .formatted(misfit.getMessage()),
          misfit);
    }
  }

  private static Path inRun(Path folder) {
    RunFolder run = new RunFolder(folder);
    for (Path candidate : List.of(run.best(), run.model())) {
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    throw new UserException(
        "%s holds neither best.safetensors nor model.safetensors: train first, or give a model file"
            .formatted(folder));
  }
}
