package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.HostMemory;
import org.stabledino.tensor.Tensor;

/** Whole runs of the small model on a few rendered scenes. */
class TrainerTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static DataSource training;
  private static DataSource validation;

  @BeforeAll
  static void render() {
    Path data = shared.resolve("scenes");
    SceneDataset.create(data, new SceneOptions(1, 32, 6, 96), (_, _) -> {});
    training = new CocoFolder(data).open("train", BoxPolicy.REFUSE);
    validation = new CocoFolder(data).open("val", BoxPolicy.REFUSE);
  }

  private static RunConfig config(String... settings) {
    Map<String, String> overrides = new HashMap<>();
    overrides.put("data.height", "64");
    overrides.put("data.width", "64");
    overrides.put("data.zoomProbability", "0.5");
    overrides.put("train.steps", "20");
    overrides.put("optimizer.warmupSteps", "1");
    overrides.put("train.logEvery", "5");
    overrides.put("train.evaluateEvery", "0");
    overrides.put("train.checkpointEvery", "10");
    for (int i = 0; i < settings.length; i += 2) {
      overrides.put(settings[i], settings[i + 1]);
    }
    return Preset.DEMO.settings(training.dataset().numClasses()).with(overrides);
  }

  private static Trainer trainer(RunConfig config, Path run, RunListener listener) {
    return new Trainer(config, training, Optional.of(validation), new RunFolder(run), listener);
  }

  private static void train(Trainer trainer) {
    try (StopSignal stop = StopSignal.listen()) {
      assertThat(trainer.run(stop)).isEqualTo(Trainer.Outcome.FINISHED);
    }
  }

  /** All tensors of a checkpoint, as bits. */
  private static Map<String, int[]> bits(Path run) {
    Path checkpoint = new Checkpoints(run, 1).latest().orElseThrow();
    Map<String, int[]> bits = new HashMap<>();
    for (String name : new String[] {"model", "ema", "optimizer"}) {
      try (SafeTensors file = SafeTensors.open(checkpoint.resolve(name + ".safetensors"))) {
        for (String tensor : file.names()) {
          bits.put(name + ":" + tensor, bits(file.read(tensor)));
        }
      }
    }
    return bits;
  }

  private static int[] bits(Tensor tensor) {
    if (tensor.dtype() == DType.INT64) {
      return Arrays.stream(tensor.longs()).mapToInt(Math::toIntExact).toArray();
    }
    float[] values = tensor.toFloats();
    int[] raw = new int[values.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = Float.floatToRawIntBits(values[i]);
    }
    return raw;
  }

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void twentyStepsAreTenAndAKillAndTen() {
    Path whole = folder.resolve("whole");
    train(trainer(config(), whole, RunListener.SILENT));

    Path broken = folder.resolve("broken");
    Trainer dies =
        trainer(
            config(),
            broken,
            new RunListener() {
              @Override
              public void stepped(Step done) {
                if (done.step() == 13) {
                  throw new Killed();
                }
              }
            });
    assertThatThrownBy(() -> train(dies)).isInstanceOf(Killed.class);
    Trainer continued = trainer(config(), broken, RunListener.SILENT);
    assertThat(continued.resume()).isEqualTo(10);
    train(continued);

    Map<String, int[]> expected = bits(whole);
    Map<String, int[]> actual = bits(broken);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, raw) -> assertThat(actual.get(name)).as(name).isEqualTo(raw));
    assertThat(new RunFolder(broken).tensorBoard().toFile().list())
        .as("a file for each start")
        .hasSize(2);
    assertThat(MetricsLog.read(new RunFolder(broken).log()))
        .extracting(line -> line.get("step"))
        .containsExactly(5.0, 10.0, 15.0, 20.0, 20.0);
  }

  @Test
  void aStopSignalSavesAndLeavesTheRestToBeDone() {
    StopSignal stop = StopSignal.listen();
    try (stop) {
      Trainer trainer =
          trainer(
              config(),
              folder,
              new RunListener() {
                @Override
                public void stepped(Step done) {
                  if (done.step() == 3) {
                    stop.request();
                  }
                }
              });
      assertThat(trainer.run(stop)).isEqualTo(Trainer.Outcome.STOPPED);
    }
    assertThat(MetricsLog.read(new RunFolder(folder).log()))
        .as("the steps since the last line are not lost")
        .extracting(line -> line.get("step"))
        .containsExactly(3.0);
    Trainer continued = trainer(config(), folder, RunListener.SILENT);
    assertThat(continued.resume()).isEqualTo(3);
  }

  @Test
  void theHeadsAreDeliveredUnderAllTheirNames() {
    train(trainer(config(), folder, RunListener.SILENT));
    StableDino model = new StableDino(config().model());
    Set<String> expected = new HashSet<>(model.stateDict().keySet());
    expected.addAll(model.parameterAliases().keySet());
    assertThat(expected).contains("transformer.decoder.class_embed.0.weight");
    for (Path file : List.of(new RunFolder(folder).model(), new RunFolder(folder).best())) {
      try (SafeTensors tensors = SafeTensors.open(file)) {
        assertThat(tensors.names()).containsExactlyInAnyOrderElementsOf(expected);
        model
            .parameterAliases()
            .forEach(
                (alias, path) ->
                    assertThat(tensors.read(alias).toFloats())
                        .as(alias)
                        .isEqualTo(tensors.read(path).toFloats()));
      }
    }
  }

  @Test
  void aStopSignalInTheLastEvaluationLeavesOnlyThatToBeDone() {
    StopSignal stop = StopSignal.listen();
    try (stop) {
      Trainer trainer =
          trainer(
              config("train.steps", "2", "eval.batchSize", "1"),
              folder,
              new RunListener() {
                @Override
                public void evaluating(int images, int total) {
                  stop.request();
                }
              });
      assertThat(trainer.run(stop)).isEqualTo(Trainer.Outcome.STOPPED);
    }
    RunFolder run = new RunFolder(folder);
    assertThat(run.metrics()).doesNotExist();
    assertThat(run.model()).doesNotExist();
    Trainer continued =
        trainer(config("train.steps", "2", "eval.batchSize", "1"), folder, RunListener.SILENT);
    assertThat(continued.resume()).isEqualTo(2);
    train(continued);
    assertThat(continued.lastMetrics()).isNotNull();
    assertThat(run.metrics()).exists();
    assertThat(run.model()).exists();
  }

  @Test
  void anEvaluationThatWasStoppedIsMadeUpForOnResume() {
    String[] settings = {
      "train.steps", "4", "train.evaluateEvery", "2", "eval.batchSize", "1", "train.logEvery", "1"
    };
    StopSignal stop = StopSignal.listen();
    try (stop) {
      Trainer trainer =
          trainer(
              config(settings),
              folder,
              new RunListener() {
                @Override
                public void evaluating(int images, int total) {
                  stop.request();
                }
              });
      assertThat(trainer.run(stop)).isEqualTo(Trainer.Outcome.STOPPED);
    }
    Trainer continued = trainer(config(settings), folder, RunListener.SILENT);
    assertThat(continued.resume()).isEqualTo(2);
    train(continued);
    assertThat(MetricsLog.read(new RunFolder(folder).log()).stream())
        .filteredOn(line -> line.containsKey("val/AP"))
        .extracting(line -> line.get("step"))
        .containsExactly(2.0, 4.0);
    Trainer finished = trainer(config(settings), folder, RunListener.SILENT);
    assertThat(finished.resume()).isEqualTo(4);
    train(finished);
    assertThat(finished.lastMetrics()).as("there was nothing left to do").isNull();
  }

  @Test
  void aRunEndsBeforeItsDeadlineWithACheckpoint() {
    Duration limit = Duration.ofSeconds(6);
    long start = System.nanoTime();
    long[] steps = new long[1];
    RunConfig endless = config("train.steps", "1000000", "train.checkpointEvery", "1000000");
    Trainer trainer =
        trainer(
            endless,
            folder,
            new RunListener() {
              @Override
              public void stepped(Step done) {
                steps[0] = done.step();
              }
            });
    try (StopSignal stop = StopSignal.listen()) {
      assertThat(trainer.run(stop, Deadline.after(limit))).isEqualTo(Trainer.Outcome.OUT_OF_TIME);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
    assertThat(steps[0]).isPositive();
    assertThat(trainer(endless, folder, RunListener.SILENT).resume()).isEqualTo(steps[0]);
    Trainer shorter =
        trainer(
            config("train.steps", "1", "optimizer.warmupSteps", "0"), folder, RunListener.SILENT);
    assertThatThrownBy(shorter::resume)
        .isInstanceOf(UserException.class)
        .hasMessageContaining("at step %d, beyond train.steps=1: raise that".formatted(steps[0]));
  }

  @Test
  void aRunMayGoOnInPartsWithRecomputedLayersAndWithoutTensorBoard() {
    train(trainer(config("train.steps", "2"), folder, RunListener.SILENT));
    String[] settings = {
      "train.steps", "4",
      "train.accumulate", "2",
      "train.activationCheckpointing", "true",
      "train.tensorBoard", "false"
    };
    Trainer continued = trainer(config(settings), folder, RunListener.SILENT);
    assertThat(continued.resume()).isEqualTo(2);
    train(continued);
    assertThat(continued.step()).isEqualTo(4);
    assertThat(new RunFolder(folder).tensorBoard().toFile().list()).hasSize(1);
  }

  @Test
  void threeHundredStepsHoldAFlatFootprint() {
    long[] fresh = new long[2];
    Trainer trainer =
        trainer(
            config("train.steps", "300", "train.checkpointEvery", "300"),
            folder,
            new RunListener() {
              @Override
              public void stepped(Step done) {
                if (done.step() == 150) {
                  fresh[0] = HostMemory.freshBytes();
                } else if (done.step() == 300) {
                  fresh[1] = HostMemory.freshBytes();
                }
              }
            });
    train(trainer);
    // Batches with more targets than any before may still ask for a few larger arrays.
    assertThat(fresh[1] - fresh[0]).isLessThan(fresh[0] / 10);
  }

  @Test
  void aLossThatIsNotFiniteStopsTheRunAndKeepsItsState() {
    Trainer trainer =
        trainer(
            config(
                "optimizer.learningRate", "1e12",
                "optimizer.warmupSteps", "0",
                "train.checkpointEvery", "1"),
            folder,
            RunListener.SILENT);
    assertThatThrownBy(() -> train(trainer))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("on the images [")
        .hasMessageContaining("its last checkpoint is kept");
    assertThat(folder.resolve("non-finite.json")).content().contains("\"image_id\"");
    assertThat(new Checkpoints(folder, 1).latest()).isPresent();
    assertThat(Files.exists(new RunFolder(folder).model())).isFalse();
  }

  @Test
  void aClassCountThatDoesNotFitTheDataIsRefused() {
    RunConfig config = config("model.numClasses", "3");
    assertThatThrownBy(() -> trainer(config, folder, RunListener.SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("the model has 3 classes")
        .hasMessageContaining("lists 6 categories");
  }

  @Test
  void thereIsNothingToResumeInAnEmptyFolder() {
    assertThatThrownBy(() -> trainer(config(), folder, RunListener.SILENT).resume())
        .isInstanceOf(UserException.class)
        .hasMessageContaining("holds no checkpoint to resume from");
  }
}
