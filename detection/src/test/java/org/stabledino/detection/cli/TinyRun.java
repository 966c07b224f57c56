package org.stabledino.detection.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;

/** A few rendered scenes, and runs on them that take a second or two. */
final class TinyRun {
  private TinyRun() {}

  /** Renders 6 scenes to train on and 3 to evaluate on. */
  static Path scenes(Path folder) {
    SceneDataset.create(folder, new SceneOptions(1, 6, 3, 64), (_, _) -> {});
    return folder;
  }

  /** The arguments of a training run. */
  static Object[] train(Path data, Path out, Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("train", "--config", "stable-dino-demo", "--data", data));
    arguments.addAll(List.of("--out", out));
    arguments.addAll(List.of("data.height=32", "data.width=32", "train.batchSize=2"));
    arguments.addAll(List.of("train.steps=2", "train.checkpointEvery=1", "train.evaluateEvery=0"));
    arguments.addAll(List.of("train.logEvery=1", "model.transformer.numQueries=20"));
    arguments.add("optimizer.warmupSteps=0");
    arguments.addAll(List.of(more));
    return arguments.toArray();
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Replaces the first match of a pattern in a text file. */
  static void edit(Path file, String pattern, String replacement) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    String edited = text.replaceFirst(pattern, replacement);
    if (edited.equals(text)) {
      throw new IllegalArgumentException("%s does not match %s".formatted(pattern, file));
    }
    Files.writeString(file, edited, StandardCharsets.UTF_8);
  }
}
