package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;

/** The stream of training batches that a configuration asks for. */
@Timeout(120)
final class PicturesTest {
  private static final int STEPS = 9;

  @TempDir Path root;
  private DataSource source;

  @BeforeEach
  void render() {
    SceneDataset.create(root.resolve("scenes"), new SceneOptions(1, 8, 1, 64), (_, _) -> {});
    source = new CocoFolder(root.resolve("scenes")).open("train", BoxPolicy.REFUSE);
  }

  private RunConfig config(int workers, String... settings) {
    Map<String, String> overrides = new HashMap<>();
    overrides.put("data.workers", Integer.toString(workers));
    overrides.put("data.cacheMegabytes", "0");
    overrides.put("train.steps", Integer.toString(STEPS));
    overrides.put("train.batchSize", "3");
    overrides.put("optimizer.warmupSteps", "0");
    for (int i = 0; i < settings.length; i += 2) {
      overrides.put(settings[i], settings[i + 1]);
    }
    return Preset.DEMO.settings(source.dataset().numClasses()).with(overrides);
  }

  private List<Sample> samples(RunConfig config, long firstStep) {
    List<Sample> samples = new ArrayList<>();
    try (PrefetchLoader<List<Sample>> batches =
        Pictures.training(source, config.data(), config.train(), firstStep)) {
      batches.forEachRemaining(samples::addAll);
    }
    return samples;
  }

  /** Across several epochs, from the start and from the middle. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void theWorkersDoNotShow(int workers) {
    List<Sample> one = samples(config(1), 0);
    assertThat(one).hasSize(3 * STEPS);
    assertThat(samples(config(workers), 0)).usingRecursiveComparison().isEqualTo(one);
    assertThat(samples(config(workers), 4))
        .usingRecursiveComparison()
        .isEqualTo(one.subList(3 * 4, 3 * STEPS));
  }

  @Test
  void largeScaleJitterFillsItsFrame() {
    RunConfig config = config(2, "data.augmentation", "LSJ", "data.height", "48");
    List<Sample> samples = samples(config.with(Map.of("data.width", "80")), 0);
    assertThat(samples)
        .allSatisfy(
            sample -> {
              assertThat(sample.image().height()).isEqualTo(48);
              assertThat(sample.image().width()).isEqualTo(80);
              for (int i = 0; i < sample.boxesXyxy().length; i++) {
                assertThat(sample.boxesXyxy()[i]).isBetween(0f, i % 2 == 0 ? 80f : 48f);
              }
            });
    assertThat(samples).anySatisfy(sample -> assertThat(sample.size()).isPositive());
    assertThat(samples)
        .as("shrunken pictures leave grey")
        .anySatisfy(
            sample -> {
              byte[] rgb = sample.image().rgb();
              assertThat(Arrays.copyOfRange(rgb, rgb.length - 30, rgb.length))
                  .containsOnly((byte) 128);
            });
  }

  /** A worker meets the damage; the user reads which file it is, and no thread stays. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aDamagedPictureIsNamed(int workers) throws IOException {
    int image = source.dataset().trainableImages()[0];
    Path broken = source.imageFile(image);
    Files.write(broken, Arrays.copyOf(Files.readAllBytes(broken), 60));
    assertThatThrownBy(() -> samples(config(workers), 0))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(broken + ": cannot be read as an image (")
        .message()
        .hasLineCount(1);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("prefetch-"));
  }
}
