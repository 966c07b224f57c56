package org.stabledino.detection.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.model.StableDino;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.tensor.Tensor;

/**
 * A trained detector in one safetensors file: weights under their official names; configuration and
 * categories as free text in the header.
 */
public final class ModelFile {
  private static final String CONFIG = "config.";
  private static final String CATEGORY = "category.";

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
      List<Category> theirs = dataset.categories();
      if (theirs.size() != categories.size()) {
        throw new UserException(
            "the detector knows %d classes, %s lists %d categories: evaluate on the data set it was trained for"
                .formatted(categories.size(), dataset.file(), theirs.size()));
      }
      for (int i = 0; i < theirs.size(); i++) {
        if (theirs.get(i).id() != categories.get(i).id()) {
          throw new UserException(
              "class %d of the detector is category %d (%s), in %s it is %d (%s): evaluate on the data set it was trained for"
                  .formatted(
                      i,
                      categories.get(i).id(),
                      categories.get(i).name(),
                      dataset.file(),
                      theirs.get(i).id(),
                      theirs.get(i).name()));
        }
      }
    }
  }

  /**
   * The text stored in the header.
   *
   * @param config the run's configuration
   * @param categories what the classes stand for
   * @return value by key
   */
  static Map<String, String> metadata(RunConfig config, List<Category> categories) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    config.flatten().forEach((key, value) -> metadata.put(CONFIG + key, value));
    for (int i = 0; i < categories.size(); i++) {
      metadata.put(CATEGORY + i, categories.get(i).id() + " " + categories.get(i).name());
    }
    return metadata;
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
    SafeTensors.write(file, weights, metadata(config, categories));
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
    Path file = Files.isDirectory(path) ? inRun(path) : path;
    try (SafeTensors tensors = SafeTensors.open(file)) {
      Map<String, String> settings = new LinkedHashMap<>();
      Map<Integer, Category> byLabel = new LinkedHashMap<>();
      tensors
          .metadata()
          .forEach(
              (key, value) -> {
                if (key.startsWith(CONFIG)) {
                  settings.put(key.substring(CONFIG.length()), value);
                } else if (key.startsWith(CATEGORY)) {
                  byLabel.put(Integer.valueOf(key.substring(CATEGORY.length())), category(value));
                }
              });
      if (settings.isEmpty()) {
        throw new UserException(
            file
                + " holds no configuration: it was not written by ./stable-dino train; give a run's folder or its model.safetensors");
      }
      RunConfig config = RunConfig.restore(settings, byLabel.size()).with(overrides);
      StableDino model = new StableDino(config.model());
      StateDicts.load(model, tensors, Strictness.STRICT);
      model.train(false);
      List<Category> categories = new ArrayList<>();
      for (int label = 0; label < byLabel.size(); label++) {
        categories.add(byLabel.get(label));
      }
      return new Loaded(model, config, categories);
    }
  }

  private static Category category(String text) {
    int space = text.indexOf(' ');
    return new Category(Long.parseLong(text.substring(0, space)), text.substring(space + 1), "");
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
