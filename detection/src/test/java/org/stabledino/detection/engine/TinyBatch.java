package org.stabledino.detection.engine;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;

/**
 * Two small pictures, and a model small enough to train on them on the stand-in for a GPU.
 *
 * @param samples the pictures
 * @param classes how many their data set knows
 */
record TinyBatch(List<Sample> samples, int classes) {

  /** The settings, with some of them changed: name, value, name, value. */
  RunConfig config(String... changes) {
    Map<String, String> settings = new HashMap<>();
    settings.put("data.height", "48");
    settings.put("data.width", "48");
    settings.put("train.batchSize", "2");
    settings.put("model.transformer.numQueries", "20");
    for (int i = 0; i < changes.length; i += 2) {
      settings.put(changes[i], changes[i + 1]);
    }
    return Preset.DEMO.settings(classes).with(settings);
  }

  /** The first batch of a few scenes that are drawn into a folder. */
  static TinyBatch of(Path folder) {
    Path data = folder.resolve("scenes");
    SceneDataset.create(data, new SceneOptions(3, 4, 1, 64), (_, _) -> {});
    DataSource training = new CocoFolder(data).open("train", BoxPolicy.REFUSE);
    int classes = training.dataset().numClasses();
    RunConfig config = new TinyBatch(List.of(), classes).config();
    try (PrefetchLoader<List<Sample>> batches =
        Pictures.training(training, config.data(), config.train(), 0)) {
      return new TinyBatch(batches.next(), classes);
    }
  }
}
