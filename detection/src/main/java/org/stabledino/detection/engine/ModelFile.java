package org.stabledino.detection.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoCategories;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.nn.io.TensorFile;
import org.stabledino.nn.weights.Policy;
import org.stabledino.nn.weights.Weights;
import org.stabledino.tensor.Device;
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
     * Moves the network to a device.
     *
     * @param device where to compute
     * @return this
     */
    public Loaded on(Device device) {
      model.to(device);
      return this;
    }

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
  public static void write(
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
    Path file = locate(path);
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

  /**
   * Builds a detector from weights that say nothing about themselves, such as published ones.
   *
   * @param path the weights, under their official names
   * @param configOf the configuration for a number of classes, which is the file's
   * @param categories what the classes stand for; empty for COCO's, or numbers where they are not
   *     80
   * @return the detector
   * @throws UserException if the categories do not fit
   * @throws CheckpointException if the weights cannot be read or do not fit the configuration
   */
  public static Loaded assemble(
      Path path, IntFunction<RunConfig> configOf, List<Category> categories) {
    Path file = locate(path);
    try (TensorFile tensors = TensorFile.open(file)) {
      int classes =
          Weights.numClasses(tensors)
              .orElseThrow(
                  () ->
                      new CheckpointException(
                          "%s: holds no detector but %d other tensors; give weights of a whole detector"
                              .formatted(file, tensors.names().size())));
      List<Category> known = categories.isEmpty() ? CocoCategories.orNumbers(classes) : categories;
      if (known.size() != classes) {
        throw new UserException(
            "%s knows %d classes, the data set lists %d categories; use the data set it was trained for"
                .formatted(file, classes, known.size()));
      }
      RunConfig config = configOf.apply(classes);
      StableDino model = build(config.model());
      Weights.load(model, tensors, Policy.EXACT);
      model.train(false);
      return new Loaded(model, config, known);
    }
  }

  /**
   * The file of weights a path means.
   *
   * @param path a file, or the folder of a run: its best weights, else its last
   * @return the file
   * @throws UserException if there is none
   */
  static Path locate(Path path) {
    if (!Files.exists(path)) {
      throw new UserException(
          "%s: no such file or folder; give a run's folder or its model.safetensors"
              .formatted(path));
    }
    return Files.isDirectory(path) ? inRun(path) : path;
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
