package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.postprocess.PostProcessor;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;
import org.stabledino.tensor.HostMemory;

/**
 * Steps and detections that have been done before find all their arrays in the pool, whose counter
 * of new bytes stands still.
 */
class SteadyStateTest {
  private static final int ROUNDS = 4;

  @TempDir static Path shared;

  private static DataSource training;

  @BeforeAll
  static void render() {
    Path data = shared.resolve("scenes");
    SceneDataset.create(data, new SceneOptions(3, 16, 1, 96), (_, _) -> {});
    training = new CocoFolder(data).open("train", BoxPolicy.REFUSE);
  }

  private static RunConfig config(String... settings) {
    Map<String, String> overrides = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      overrides.put(settings[i], settings[i + 1]);
    }
    return Preset.DEMO.settings(training.dataset().numClasses()).with(overrides);
  }

  /** Pictures of several sizes and shapes. */
  private static RunConfig manySizes() {
    return config(
        "data.augmentation", "detr", "data.shortEdges", "48,64,72,80", "data.maxSize", "96");
  }

  private static List<List<Sample>> batches(RunConfig config, int count) {
    List<List<Sample>> batches = new ArrayList<>();
    try (PrefetchLoader<List<Sample>> loader =
        Pictures.training(training, config.data(), config.train(), 0)) {
      while (batches.size() < count) {
        batches.add(loader.next());
      }
    }
    return batches;
  }

  /** The bytes of arrays that something made anew. */
  private static long fresh(Runnable action) {
    long before = HostMemory.freshBytes();
    action.run();
    return HostMemory.freshBytes() - before;
  }

  /** Batch, forward, matching, losses, backward, clipping, AdamW and the moving average. */
  @Test
  void aStepLikeTheOneBeforeMakesNoPooledArray() {
    RunConfig config = config();
    assertThat(config.train().emaDecay()).isPositive();
    TrainingState state = new TrainingState(config);
    List<Sample> batch = batches(config, 1).getFirst();
    state.train(batch);
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(fresh(() -> state.train(batch))).as("after %d steps", round + 1).isZero();
    }
  }

  @Test
  void soDoesAStepInPartsThatComputesLayersTwice() {
    RunConfig config = config("train.accumulate", "2", "train.activationCheckpointing", "true");
    TrainingState state = new TrainingState(config);
    List<Sample> batch = batches(config, 1).getFirst();
    state.train(batch);
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(fresh(() -> state.train(batch))).as("after %d steps", round + 1).isZero();
    }
  }

  @Test
  void aDetectionLikeTheOneBeforeMakesNoPooledArray() {
    RunConfig config = config();
    TrainingState state = new TrainingState(config);
    state.model().train(false);
    List<Sample> batch = batches(config, 1).getFirst();
    List<PostProcessor> postProcessors = List.of(config.model().postProcessor());
    Evaluation.detect(state.model(), batch, postProcessors);
    for (int round = 0; round < ROUNDS; round++) {
      assertThat(fresh(() -> Evaluation.detect(state.model(), batch, postProcessors)))
          .as("after %d detections", round + 1)
          .isZero();
    }
  }

  @Test
  void sizesThatWereThereBeforeMakeNoPooledArray() {
    RunConfig config = manySizes();
    List<List<Sample>> batches = batches(config, 6);
    assertThat(batches.stream().map(batch -> Batch.height(batch) + "x" + Batch.width(batch)))
        .as("sizes of batches")
        .contains("80x83", "83x80", "64x64");
    TrainingState state = new TrainingState(config);
    batches.forEach(state::train);
    for (int round = 0; round < ROUNDS; round++) {
      for (List<Sample> batch : batches) {
        assertThat(fresh(() -> state.train(batch))).as("round %d", round).isZero();
      }
    }
  }

  /** What batches of other sizes left behind serves the next ones. */
  @Test
  void newSizesSoonMakeFewArrays() {
    RunConfig config = manySizes();
    List<List<Sample>> batches = batches(config, 48);
    TrainingState state = new TrainingState(config);
    HostMemory.resetPeak();
    long before = HostMemory.takenBytes();
    batches.subList(0, 24).forEach(state::train);
    long oneStep = HostMemory.peakTakenBytes() - before;
    assertThat(fresh(() -> batches.subList(24, 48).forEach(state::train)))
        .as("bytes made by 24 steps; one of them takes %d at a time", oneStep)
        .isLessThan(oneStep);
  }
}
