package org.stabledino.detection.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.detection.UserException;

class RunConfigTest {

  static List<Preset> presets() {
    return Preset.all();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void everyPresetReachesItsPeakAndComesBackFromItsSettings(Preset preset) {
    RunConfig config = preset.settings(3);
    assertThat(config.with(Map.of("train.steps", "" + config.train().steps()))).isEqualTo(config);
    assertThat(RunConfig.restore(config.flatten(), 3)).isEqualTo(config);
    assertThat(config.compat()).isIn("paper", "mixed");
    RunConfig released = config.with(Map.of("compat", "released"));
    assertThat(released.compat()).isEqualTo("released");
    assertThat(RunConfig.restore(released.flatten(), 3)).isEqualTo(released);
  }

  @Test
  void someOfTheSixDifferencesAloneAreMixed() {
    RunConfig paper = Preset.of("stable-dino-r50-4scale-12ep").settings(80);
    assertThat(paper.compat()).isEqualTo("paper");
    assertThat(paper.with(Map.of("model.maskPaddingInEvaluation", "false")).compat())
        .isEqualTo("mixed");
  }

  @Test
  void aSettingThatTheAugmentationIgnoresIsRefused() {
    RunConfig detr = Preset.of("stable-dino-r50-4scale-12ep").settings(80);
    RunConfig fixed = Preset.SMALL.settings(80);
    for (String key :
        List.of("height", "width", "verticalFlip", "zoomProbability", "zoomMin", "zoomMax")) {
      String same = fixed.flatten().get("data." + key);
      assertThat(fixed.with(Map.of("data." + key, same))).isEqualTo(fixed);
      assertThatThrownBy(() -> detr.with(Map.of("data." + key, same)))
          .isInstanceOf(UserException.class)
          .hasMessage(
              "setting data.%s has no effect with data.augmentation=detr; leave it out, or choose another augmentation",
              key);
    }
    assertThatThrownBy(() -> fixed.with(Map.of("data.shortEdges", "480")))
        .hasMessageContaining("data.shortEdges has no effect with data.augmentation=fixed");
    assertThat(
            fixed
                .with(Map.of("data.augmentation", "detr", "data.shortEdges", "480,512"))
                .data()
                .shortEdges())
        .containsExactly(480, 512);
    assertThat(detr.with(Map.of("data.workers", "2")).data().workers()).isEqualTo(2);
  }

  @Test
  void aSettingThatAnotherOneSwitchesOffIsRefused() {
    RunConfig published = Preset.of("stable-dino-r50-4scale-12ep").settings(80);
    RunConfig small = Preset.SMALL.settings(80);
    assertThatThrownBy(() -> published.with(Map.of("optimizer.floor", "0.1")))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "setting optimizer.floor has no effect with optimizer.schedule=multi_step; leave it out, or choose another schedule");
    assertThatThrownBy(() -> small.with(Map.of("optimizer.milestones", "0.5")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("optimizer.schedule=cosine");
    assertThat(small.with(Map.of("optimizer.floor", "0.1")).optimizer().floor()).isEqualTo(0.1);
    assertThatThrownBy(() -> small.with(Map.of("train.emaDecay", "0", "train.emaWarmup", "false")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("train.emaWarmup has no effect with train.emaDecay=0");
  }

  @Test
  void aWarmUpThatNeverEndsIsRefused() {
    RunConfig small = Preset.SMALL.settings(3);
    assertThatThrownBy(() -> small.with(Map.of("train.steps", "100")))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "setting optimizer.warmupSteps=100 must be below train.steps=100, or the learning rate never reaches its peak; give both");
    assertThat(small.with(Map.of("train.steps", "101")).train().steps()).isEqualTo(101);
    assertThat(small.with(Map.of("train.steps", "1", "optimizer.warmupSteps", "0")).train().steps())
        .isEqualTo(1);
  }
}
