package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;
import org.stabledino.nn.Parameter;
import org.stabledino.tensor.HostMemory;

/** A batch in parts, and layers computed twice, are the same step. */
class AccumulationTest {
  private static final int BATCH = 5;

  @TempDir static Path shared;

  private static DataSource training;
  private static List<Sample> batch;

  @BeforeAll
  static void render() {
    Path data = shared.resolve("scenes");
    SceneDataset.create(data, new SceneOptions(3, 16, 1, 96), (_, _) -> {});
    training = new CocoFolder(data).open("train", BoxPolicy.REFUSE);
    RunConfig config = config();
    try (PrefetchLoader<List<Sample>> batches =
        Pictures.training(training, config.data(), config.train(), 0)) {
      batch = batches.next();
    }
  }

  /** Pictures of several sizes, so that padding counts. */
  private static RunConfig config(String... settings) {
    Map<String, String> overrides = new HashMap<>();
    overrides.put("data.augmentation", "detr");
    overrides.put("data.shortEdges", "48,64,72");
    overrides.put("data.maxSize", "96");
    overrides.put("train.batchSize", Integer.toString(BATCH));
    for (int i = 0; i < settings.length; i += 2) {
      overrides.put(settings[i], settings[i + 1]);
    }
    return Preset.DEMO.settings(training.dataset().numClasses()).with(overrides);
  }

  private static List<float[]> gradients(TrainingState state) {
    List<float[]> gradients = new ArrayList<>();
    for (Parameter parameter : state.model().namedParameters().values()) {
      gradients.add(parameter.grad() == null ? new float[0] : parameter.grad().toFloats());
    }
    return gradients;
  }

  private static double norm(List<float[]> gradients) {
    double sum = 0;
    for (float[] gradient : gradients) {
      for (float value : gradient) {
        sum += (double) value * value;
      }
    }
    return Math.sqrt(sum);
  }

  private static double distance(List<float[]> a, List<float[]> b) {
    List<float[]> differences = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      assertThat(a.get(i)).hasSameSizeAs(b.get(i));
      float[] difference = a.get(i).clone();
      for (int j = 0; j < difference.length; j++) {
        difference[j] -= b.get(i)[j];
      }
      differences.add(difference);
    }
    return norm(differences);
  }

  @Test
  void theBatchHasSeveralSizesAndCounts() {
    assertThat(batch.stream().mapToInt(sample -> sample.image().width()).distinct().count())
        .isGreaterThan(1);
    assertThat(batch.stream().mapToInt(Sample::size).distinct().count()).isGreaterThan(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void partsAddUpToTheWholeBatch(int parts) {
    TrainingState whole = new TrainingState(config());
    BatchLosses expected = whole.differentiate(batch);
    TrainingState divided = new TrainingState(config("train.accumulate", Integer.toString(parts)));
    BatchLosses actual = divided.differentiate(batch);

    BatchLosses.Numbers numbers = actual.read(List.of());
    BatchLosses.Numbers wanted = expected.read(List.of());
    assertThat(numbers.total()).isCloseTo(wanted.total(), within(1e-5 * wanted.total()));
    assertThat(numbers.values().keySet()).isEqualTo(wanted.values().keySet());
    wanted
        .values()
        .forEach(
            (name, value) ->
                assertThat(numbers.values().get(name)).as(name).isCloseTo(value, within(1e-4)));
    for (int pair = 0; pair < expected.unstable().pairs(); pair++) {
      assertThat(actual.unstable().changed(pair)).isEqualTo(expected.unstable().changed(pair));
      assertThat(actual.unstable().seen(pair)).isEqualTo(expected.unstable().seen(pair));
    }
    List<float[]> gradients = gradients(whole);
    assertThat(distance(gradients, gradients(divided))).isLessThan(1e-5 * norm(gradients));
  }

  @Test
  void theStepsAreTheSameToo() {
    TrainingState whole = new TrainingState(config());
    TrainingState divided = new TrainingState(config("train.accumulate", "3"));
    List<float[]> before = values(whole);
    for (int i = 0; i < 3; i++) {
      whole.train(batch);
      divided.train(batch);
    }
    List<float[]> after = values(whole);
    // Adam divides by the gradient's size, so where that is all rounding the update is, too.
    assertThat(distance(after, values(divided))).isLessThan(0.02 * distance(after, before));
  }

  private static List<float[]> values(TrainingState state) {
    return state.model().namedParameters().values().stream()
        .map(parameter -> parameter.data().toFloats().clone())
        .toList();
  }

  @Test
  void recomputedLayersGiveTheSameBitsInLessMemory() {
    TrainingState keeping = new TrainingState(config());
    TrainingState recomputing = new TrainingState(config("train.activationCheckpointing", "true"));
    HostMemory.resetPeak();
    long before = HostMemory.peakTakenBytes();
    BatchLosses expected = keeping.differentiate(batch);
    long peak = HostMemory.peakTakenBytes() - before;
    HostMemory.resetPeak();
    BatchLosses actual = recomputing.differentiate(batch);
    long lowPeak = HostMemory.peakTakenBytes() - before;

    assertThat(actual.read(List.of()).values()).isEqualTo(expected.read(List.of()).values());
    List<float[]> gradients = gradients(keeping);
    List<float[]> same = gradients(recomputing);
    for (int i = 0; i < gradients.size(); i++) {
      assertThat(Arrays.equals(same.get(i), gradients.get(i))).as("gradient %d", i).isTrue();
    }
    assertThat(lowPeak).isLessThan(peak * 3 / 4);
  }
}
