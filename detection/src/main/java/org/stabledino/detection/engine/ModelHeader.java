package org.stabledino.detection.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Category;

/**
 * What the header of a model file or checkpoint says in words: the configuration and what the
 * classes stand for.
 *
 * @param file where it was read
 * @param settings the configuration, value by key
 * @param categories by label
 */
record ModelHeader(Path file, Map<String, String> settings, List<Category> categories) {
  private static final String CONFIG = "config.";
  private static final String CATEGORY = "category.";

  /**
   * The text stored in a header.
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
   * Understands the text of a header.
   *
   * @param file names the file in messages
   * @param metadata value by key
   * @return configuration and categories
   * @throws UserException if either is missing or damaged
   */
  static ModelHeader of(Path file, Map<String, String> metadata) {
    Map<String, String> settings = new LinkedHashMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(CONFIG)) {
            settings.put(key.substring(CONFIG.length()), value);
          }
        });
    List<Category> categories = new ArrayList<>();
    for (String text; (text = metadata.get(CATEGORY + categories.size())) != null; ) {
      categories.add(category(file, text));
    }
    if (settings.isEmpty() || categories.isEmpty()) {
      throw new UserException(
          "%s holds no %s: it was not written by ./stable-dino train; give a run's folder or its model.safetensors, or --weights with --config"
              .formatted(file, settings.isEmpty() ? "configuration" : "categories"));
    }
    return new ModelHeader(file, settings, categories);
  }

  private static Category category(Path file, String text) {
    int space = text.indexOf(' ');
    try {
      return new Category(
          Long.parseLong(text, 0, Math.max(space, 0), 10), text.substring(space + 1), "");
    } catch (NumberFormatException damaged) {
      throw new UserException(
          "%s: the header's category '%s' is no id and name; the file is damaged, use another"
              .formatted(file, text),
          damaged);
    }
  }

  /**
   * The configuration.
   *
   * @return settings that fit the categories
   * @throws UserException if they do not, or are none of ours
   */
  RunConfig config() {
    RunConfig config;
    try {
      config = RunConfig.restore(settings, categories.size());
    } catch (UserException failure) {
      throw new UserException(file + ": " + failure.getMessage(), failure);
    }
    if (config.model().numClasses() != categories.size()) {
      throw new UserException(
          "%s: the header names %d categories for %d classes; the file is damaged, use another"
              .formatted(file, categories.size(), config.model().numClasses()));
    }
    return config;
  }

  /**
   * Checks that a data set has the classes a detector knows.
   *
   * @param detector names the detector in messages
   * @param known what its classes stand for
   * @param dataset the data set
   * @throws UserException naming the first difference
   */
  static void requireSame(String detector, List<Category> known, CocoDataset dataset) {
    List<Category> theirs = dataset.categories();
    if (theirs.size() != known.size()) {
      throw new UserException(
          "%s knows %d classes, %s lists %d categories; use the data set it was trained for"
              .formatted(detector, known.size(), dataset.file(), theirs.size()));
    }
    for (int i = 0; i < theirs.size(); i++) {
      if (theirs.get(i).id() != known.get(i).id()) {
        throw new UserException(
            "class %d of %s is category %d (%s), in %s it is %d (%s); use the data set it was trained for"
                .formatted(
                    i,
                    detector,
                    known.get(i).id(),
                    known.get(i).name(),
                    dataset.file(),
                    theirs.get(i).id(),
                    theirs.get(i).name()));
      }
    }
  }
}
