package org.stabledino.detection.engine;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.stabledino.detection.UserException;
import org.stabledino.detection.files.AtomicFile;
import org.stabledino.detection.files.Trees;

/**
 * Where a run keeps its things.
 *
 * <pre>
 * config.properties    the resolved configuration, one key = value a line
 * metrics.jsonl        losses, rates and figures over time
 * tensorboard/         the same for TensorBoard
 * spikes.jsonl         steps whose loss was far above the usual, with their images
 * non-finite.json      the batch that made a loss NaN or infinite
 * checkpoints/         what resuming needs
 * model.safetensors    the weights, with configuration and categories in the header
 * best.safetensors     the weights of the best evaluation so far
 * metrics.json         the 12 COCO figures of the last evaluation
 * detections.json      its detections, as COCO results
 * index.html           the report, with its charts (*.png) and pictures/
 * profile.html         where the time goes, if it was asked for
 * </pre>
 *
 * @param root the folder
 */
public record RunFolder(Path root) {

  /**
   * The resolved configuration.
   *
   * @return a Java properties file
   */
  public Path config() {
    return root.resolve("config.properties");
  }

  /**
   * The numbers over time.
   *
   * @return a file of JSON lines
   */
  public Path log() {
    return root.resolve("metrics.jsonl");
  }

  /**
   * The numbers over time for {@code tensorboard --logdir}.
   *
   * @return a folder of event files
   */
  public Path tensorBoard() {
    return root.resolve("tensorboard");
  }

  /**
   * Steps whose loss was far above the usual.
   *
   * @return a file of JSON lines
   */
  public Path spikes() {
    return root.resolve("spikes.jsonl");
  }

  /**
   * The batch that made a loss NaN or infinite.
   *
   * @return a JSON file
   */
  public Path nonFinite() {
    return root.resolve("non-finite.json");
  }

  /**
   * The weights after training.
   *
   * @return a safetensors file
   */
  public Path model() {
    return root.resolve("model.safetensors");
  }

  /**
   * The weights of the best evaluation.
   *
   * @return a safetensors file
   */
  public Path best() {
    return root.resolve("best.safetensors");
  }

  /**
   * The figures of the last evaluation.
   *
   * @return a JSON file
   */
  public Path metrics() {
    return root.resolve("metrics.json");
  }

  /**
   * The detections of the last evaluation.
   *
   * @return a COCO results file
   */
  public Path detections() {
    return root.resolve("detections.json");
  }

  /**
   * The report of a finished run.
   *
   * @return an HTML file
   */
  public Path page() {
    return root.resolve("index.html");
  }

  /**
   * Where the time goes.
   *
   * @return an HTML file
   */
  public Path profile() {
    return root.resolve("profile.html");
  }

  /**
   * Validation pictures with what was found in them.
   *
   * @return a folder
   */
  public Path pictures() {
    return root.resolve("pictures");
  }

  /**
   * A chart of the report.
   *
   * @param name loss, ap or unstable
   * @return a PNG file
   */
  public Path chart(String name) {
    return root.resolve(name + ".png");
  }

  /**
   * Checks that results of another kind do not end up in a run.
   *
   * @param name what the results would be called
   * @return this
   * @throws UserException if the folder holds a run
   */
  public RunFolder requireNoRun(String name) {
    if (holdsRun()) {
      throw new UserException(
          "%s holds a training run, whose files would be replaced: choose another folder, such as --out %s"
              .formatted(root, root.resolve(name)));
    }
    return this;
  }

  /**
   * Whether a run has left anything that a new one would overwrite.
   *
   * @return true once there is a checkpoint or a model
   */
  public boolean holdsRun() {
    return Files.exists(model()) || Files.exists(best()) || holdsCheckpoint();
  }

  /**
   * Whether there is something to resume from.
   *
   * @return true once there is a checkpoint
   */
  public boolean holdsCheckpoint() {
    return new Checkpoints(root, 1).latest().isPresent();
  }

  /**
   * Checks that the folder can be made and written to, leaving nothing behind: hours of work should
   * not end at a folder that takes no files.
   *
   * @return this
   * @throws UserException if it cannot
   */
  public RunFolder requireWritable() {
    Path existing = AtomicFile.nearestExisting(root);
    if (!Files.isDirectory(existing)) {
      throw new UserException(
          "cannot write to the folder %s: %s is a file; choose another folder with --out"
              .formatted(root, existing));
    }
    try {
      Files.delete(Files.createTempFile(existing, ".writable", ""));
      return this;
    } catch (IOException failure) {
      throw new UserException(
          "cannot write to the folder %s; choose another with --out, or change its permissions"
              .formatted(root),
          failure);
    }
  }

  /**
   * Removes what an earlier run left, so that nothing of it is taken for the next one's.
   *
   * @return this
   */
  public RunFolder clear() {
    new Checkpoints(root, 1).clear();
    List<Path> left =
        List.of(
            config(),
            log(),
            spikes(),
            nonFinite(),
            model(),
            best(),
            metrics(),
            detections(),
            tensorBoard(),
            page(),
            profile(),
            pictures(),
            chart("loss"),
            chart("ap"),
            chart("unstable"));
    for (Path file : left) {
      try {
        Trees.delete(file);
      } catch (IOException failure) {
        throw new UserException(
            "cannot remove %s: %s".formatted(file, failure.getMessage()), failure);
      }
    }
    return this;
  }

  /**
   * Writes the configuration.
   *
   * @param settings value by key
   */
  public void writeConfig(Map<String, String> settings) {
    String text =
        settings.entrySet().stream()
            .map(entry -> entry.getKey() + " = " + entry.getValue() + "\n")
            .collect(Collectors.joining());
    AtomicFile.writeText(config(), text);
  }

  /**
   * Reads a configuration file.
   *
   * @param file one {@code key = value} a line; {@code #} starts a comment
   * @return value by key
   */
  public static Map<String, String> readConfig(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException failure) {
      throw new UserException(
          "%s: no such file; a run writes its configuration there".formatted(file), failure);
    } catch (IOException | IllegalArgumentException failure) {
      throw new UserException(
          "cannot read the configuration %s (%s); it must be a text of lines key = value"
              .formatted(file, failure.getMessage()),
          failure);
    }
    Map<String, String> settings = new LinkedHashMap<>();
    properties.stringPropertyNames().stream()
        .sorted()
        .forEach(key -> settings.put(key, properties.getProperty(key)));
    return settings;
  }
}
