package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.data.RgbImage;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.matching.UnstableScore;

class LossSpikesTest {
  @TempDir Path folder;

  private static StepResult step(long step, double loss) {
    return new StepResult(step, loss, Map.of(), 1, 1e-4, new UnstableScore(2));
  }

  private static List<Sample> batch(long imageId) {
    RgbImage image = new RgbImage(1, 1, new byte[3]);
    return List.of(
        new Sample(imageId, image, new float[4], new int[1], new long[] {10 * imageId}, 1, 1));
  }

  @Test
  void aStepFarAboveTheMedianIsNotedWithItsImages() {
    Path file = folder.resolve("spikes.jsonl");
    LossSpikes spikes = new LossSpikes(file, 0);
    for (int i = 1; i <= 30; i++) {
      assertThat(spikes.add(step(i, 20 + i % 5), batch(i))).isEmpty();
    }
    assertThat(file).doesNotExist();
    assertThat(spikes.add(step(31, 85), batch(31))).as("less than four times 22").isEmpty();
    assertThat(spikes.add(step(32, 90), batch(32)))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .startsWith("step 32: the loss is 90.0, the median of the steps before 22.0"));
    assertThat(file)
        .content()
        .startsWith("{\"step\":32,\"loss\":90.0,\"median\":22.0,")
        .endsWith("\"images\":[{\"image_id\":32,\"annotation_ids\":[320]}]}\n");
  }

  @Test
  void theFirstStepsAreNotCompared() {
    LossSpikes spikes = new LossSpikes(folder.resolve("spikes.jsonl"), 0);
    assertThat(spikes.add(step(1, 10), batch(1))).isEmpty();
    assertThat(spikes.add(step(2, 1000), batch(2))).isEmpty();
  }

  @Test
  void aResumedRunDropsLaterSpikes() {
    Path file = folder.resolve("spikes.jsonl");
    for (long start : new long[] {0, 25}) {
      LossSpikes spikes = new LossSpikes(file, start);
      for (long i = start + 1; i <= start + 22; i++) {
        spikes.add(step(i, i == start + 21 || i == start + 22 ? 100 : 1), batch(i));
      }
    }
    // 21 and 22 of the first start; 46 and 47 of the second.
    assertThat(MetricsLog.read(file))
        .extracting(line -> line.get("step"))
        .containsExactly(21.0, 22.0, 46.0, 47.0);
    JsonLines.dropAfter(file, 30);
    assertThat(MetricsLog.read(file))
        .extracting(line -> line.get("step"))
        .containsExactly(21.0, 22.0);
  }
}
