package org.stabledino.detection.study;

import java.nio.file.Path;
import java.util.Map;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Tensor;

/** A few rendered scenes, and a narrow detector whose random heads disagree. */
final class SeededDetector {
  static final int QUERIES = 14;
  static final int LAYERS = 3;

  private SeededDetector() {}

  /** Renders 5 scenes. */
  static DataSource scenes(Path folder) {
    SceneDataset.create(folder, new SceneOptions(3, 1, 5, 64), (_, _) -> {});
    return new CocoFolder(folder).open("val", BoxPolicy.REFUSE);
  }

  static ModelFile.Loaded of(DataSource source, Map<String, String> overrides) {
    RunConfig config =
        Preset.DEMO
            .settings(source.dataset().numClasses())
            .with(
                Map.of(
                    "data.height", "32",
                    "data.width", "48",
                    "eval.batchSize", "2",
                    "model.transformer.numQueries", "" + QUERIES,
                    "model.transformer.decoderLayers", "" + LAYERS,
                    "model.denoising.queries", "8"))
            .with(overrides);
    StableDino model = new StableDino(config.model());
    model.initialize(Rng.of(9));
    int index = 0;
    for (Map.Entry<String, Parameter> entry : model.namedParameters().entrySet()) {
      Parameter parameter = entry.getValue();
      Tensor noise = Tensor.empty(parameter.data().shape().dims());
      // The heads start alike.
      float deviation = entry.getKey().contains("class_embed") ? 0.3f : 0.08f;
      Initializers.normal(noise, 0, deviation, Rng.of(11).child(index++));
      for (int i = 0; i < noise.size(); i++) {
        parameter.data().floats()[parameter.data().offset() + i] +=
            noise.floats()[noise.offset() + i];
      }
    }
    model.train(false);
    return new ModelFile.Loaded(model, config, source.dataset().categories());
  }
}
