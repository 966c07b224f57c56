package org.stabledino.detection.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchAdviceTest {
  private static RunConfig published(Map<String, String> settings) {
    return Preset.of("stable-dino-r50-4scale-12ep").settings(80).with(settings);
  }

  @Test
  void theRecipeNeedsNone() {
    assertThat(BatchAdvice.of(published(Map.of()))).isEmpty();
    assertThat(BatchAdvice.of(published(Map.of("train.accumulate", "8")))).isEmpty();
  }

  @Test
  void aSmallerBatchScalesRateAndLength() {
    assertThat(BatchAdvice.of(published(Map.of("train.batchSize", "4"))))
        .hasValue(
            "train.batchSize=4, the recipe has 16: its optimizer.learningRate=0.000100 scales to"
                + " 2.50e-05 (linear) or 5.00e-05 (square root, usual for Adam); for as many"
                + " images, train.steps=360000");
  }

  @Test
  void whoeverChoseARateIsLeftAlone() {
    assertThat(
            BatchAdvice.of(
                published(Map.of("train.batchSize", "4", "optimizer.learningRate", "5e-5"))))
        .isEmpty();
    assertThat(BatchAdvice.of(published(Map.of("train.batchSize", "4", "train.steps", "100"))))
        .hasValueSatisfying(line -> assertThat(line).doesNotContain("train.steps"));
  }
}
