package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;

/** The whole way of real photos: sixteen of them are learnt by heart. */
class OverfitTest {
  private static final int PHOTOS = 16;

  @TempDir Path folder;

  /** A data set of the first photos with objects, its pictures linked to the original ones. */
  private DataSource photos() throws IOException {
    Path source = Path.of(System.getProperty("photos", "missing")).resolve("coco_tiny");
    Assumptions.assumeTrue(
        Files.isDirectory(source), () -> "skipped: no photos in " + source + " (-Dphotos=DIR)");
    DataSource all = new CocoFolder(source).open("train", BoxPolicy.REFUSE);
    Path annotations = folder.resolve("data/annotations/instances_train.json");
    Files.createDirectories(annotations.getParent());
    Files.createSymbolicLink(folder.resolve("data/images"), all.imageFolder().toRealPath());
    List<String> images = new ArrayList<>();
    List<String> boxes = new ArrayList<>();
    for (int index : all.dataset().trainableImages()) {
      if (images.size() == PHOTOS) {
        break;
      }
      var image = all.dataset().images().get(index);
      images.add(
          "{\"id\":%d,\"file_name\":\"%s\",\"width\":%d,\"height\":%d}"
              .formatted(image.id(), image.fileName(), image.width(), image.height()));
      for (var box : all.dataset().annotationsOf(index)) {
        boxes.add(
            "{\"id\":%d,\"image_id\":%d,\"category_id\":%d,\"bbox\":[%s,%s,%s,%s],\"iscrowd\":%d}"
                .formatted(
                    box.id(),
                    box.imageId(),
                    box.categoryId(),
                    box.x(),
                    box.y(),
                    box.width(),
                    box.height(),
                    box.crowd() ? 1 : 0));
      }
    }
    List<String> categories =
        all.dataset().categories().stream()
            .map(c -> "{\"id\":%d,\"name\":\"%s\"}".formatted(c.id(), c.name()))
            .toList();
    Files.writeString(
        annotations,
        "{\"images\":%s,\"annotations\":%s,\"categories\":%s}"
            .formatted(images, boxes, categories));
    return new CocoFolder(folder.resolve("data")).open("train", BoxPolicy.REFUSE);
  }

  @Test
  void sixteenPhotosAreLearntByHeart() throws IOException {
    DataSource photos = photos();
    RunConfig config =
        Preset.SMALL
            .settings(photos.dataset().numClasses())
            .with(
                Map.ofEntries(
                    Map.entry("data.height", "128"),
                    Map.entry("data.width", "160"),
                    Map.entry("data.horizontalFlip", "false"),
                    Map.entry("data.verticalFlip", "false"),
                    Map.entry("data.zoomProbability", "0"),
                    Map.entry("model.denoising.queries", "0"),
                    Map.entry("optimizer.learningRate", "1e-3"),
                    Map.entry("optimizer.warmupSteps", "50"),
                    Map.entry("train.steps", "1800"),
                    Map.entry("train.emaDecay", "0"),
                    Map.entry("train.evaluateEvery", "0"),
                    Map.entry("train.checkpointEvery", "1800")));
    List<Double> losses = new ArrayList<>();
    RunListener listener =
        new RunListener() {
          @Override
          public void stepped(Step done) {
            losses.add(done.loss());
          }
        };
    RunFolder run = new RunFolder(folder.resolve("run"));
    try (StopSignal stop = StopSignal.listen()) {
      new Trainer(config, photos, Optional.empty(), run, listener).run(stop);
    }
    // One epoch is eight steps of two photos.
    double first = mean(losses.subList(0, 8));
    double last = mean(losses.subList(losses.size() - 8, losses.size()));
    assertThat(last).as("from %s", first).isLessThan(first / 10);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
