package org.stabledino.detection.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.detection.UserException;
import org.stabledino.detection.model.BackboneConfig.Residual;
import org.stabledino.detection.model.BackboneConfig.ShiftedWindows;
import org.stabledino.detection.model.DenoisingConfig;
import org.stabledino.detection.model.Fusion;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.nn.backbone.ResNetConfig;

class PresetTest {

  static Stream<String> titles() {
    return Preset.all().stream().map(Preset::title);
  }

  static Stream<String> published() {
    return titles().filter(title -> title.endsWith("ep"));
  }

  @Test
  void namesAreUniqueAndNeedNoQuoting() {
    assertThat(titles()).doesNotHaveDuplicates().allMatch(title -> title.matches("[a-z0-9.-]+"));
    assertThat(Preset.all()).allMatch(preset -> !preset.description().isBlank());
  }

  @ParameterizedTest
  @MethodSource("titles")
  void settingsSayWhereTheyComeFrom(String title) {
    RunConfig settings = Preset.of(title).settings(7);
    assertThat(settings.preset()).isEqualTo(title);
    assertThat(settings.model().numClasses()).isEqualTo(7);
  }

  @Test
  void everySystemIsThereOnEveryBackbone() {
    assertThat(published())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of("stable-dino-", "dino-")
                .flatMap(
                    system ->
                        Stream.of(
                                "r50-4scale-12ep",
                                "r50-4scale-24ep",
                                "r50-4scale-36ep",
                                "r50-5scale-12ep",
                                "r50-5scale-24ep",
                                "r50-5scale-36ep",
                                "swin-t-4scale-12ep",
                                "swin-t-4scale-24ep",
                                "swin-s-4scale-12ep",
                                "swin-s-4scale-24ep",
                                "swin-b-4scale-12ep",
                                "swin-b-4scale-24ep",
                                "swin-l-4scale-12ep",
                                "swin-l-4scale-24ep")
                            .map(system::concat))
                .toList());
  }

  /** Section 6 of the specification. */
  @ParameterizedTest
  @MethodSource("published")
  void theRecipe(String title) {
    RunConfig run = Preset.of(title).settings(80);
    int epochs = Integer.parseInt(title.replaceAll(".*-(\\d+)ep", "$1"));
    assertThat(run.train().steps()).isEqualTo(epochs * 7500L);
    assertThat(run.train().batchSize()).isEqualTo(16);
    assertThat(run.train().seed()).isEqualTo(60);
    assertThat(run.train().emaDecay()).isZero();
    assertThat(run.train().evaluateEvery()).isEqualTo(5000);
    assertThat(run.train().checkpointEvery()).isEqualTo(5000);
    OptimizerConfig optimizer = run.optimizer();
    assertThat(optimizer.learningRate()).isEqualTo(1e-4);
    assertThat(optimizer.backboneFactor()).isEqualTo(0.1);
    assertThat(optimizer.weightDecay()).isEqualTo(1e-4);
    assertThat(optimizer.noDecay()).isEqualTo(OptimizerConfig.NoDecay.NORMS);
    assertThat(List.of(optimizer.beta1(), optimizer.beta2(), optimizer.eps()))
        .containsExactly(0.9, 0.999, 1e-8);
    assertThat(optimizer.clipNorm()).isEqualTo(0.1);
    assertThat(optimizer.warmupSteps()).isZero();
    assertThat(optimizer.schedule()).isEqualTo(OptimizerConfig.Schedule.MULTI_STEP);
    long drop = Map.of(12, 11L, 24, 20L, 36, 30L).get(epochs) * 7500;
    assertThat(optimizer.milestones().stream().map(at -> Math.round(at * run.train().steps())))
        .containsExactly(drop);
    assertThat(run.data()).isEqualTo(DataConfig.detr());
    assertThat(run.data().evaluationShortEdge()).isEqualTo(800);
    assertThat(run.data().maxSize()).isEqualTo(1333);
  }

  /** Sections 1 and 2 of the specification. */
  @ParameterizedTest
  @MethodSource("published")
  void theModel(String title) {
    StableDinoConfig model = Preset.of(title).settings(80).model();
    assertThat(model.transformer().numQueries()).isEqualTo(900);
    assertThat(model.transformer().embedDim()).isEqualTo(256);
    assertThat(model.transformer().encoderLayers()).isEqualTo(6);
    assertThat(model.transformer().decoderLayers()).isEqualTo(6);
    assertThat(model.transformer().ffnDim()).isEqualTo(2048);
    assertThat(model.transformer().extraLevels()).isEqualTo(1);
    assertThat(model.denoising()).isEqualTo(DenoisingConfig.CONTRASTIVE);
    boolean stable = title.startsWith("stable-");
    assertThat(model.transformer().fusion()).isEqualTo(stable ? Fusion.DENSE : Fusion.NONE);
    assertThat(model.matching()).isEqualTo(stable ? MatchingConfig.STABLE : MatchingConfig.DINO);
    assertThat(model.loss()).isEqualTo(stable ? LossConfig.STABLE : LossConfig.DINO);
    assertThat(model.loss().classWeight()).isEqualTo(stable ? 6 : 1);
    assertThat(model.postProcessor().topK()).isEqualTo(300);
    assertThat(model.postProcessor().nmsThreshold()).isEqualTo(stable ? 0.8 : 1);
  }

  @ParameterizedTest
  @CsvSource({"r50-4scale, 3", "r50-5scale, 2"})
  void residualBackbones(String name, int firstOutput) {
    Residual backbone =
        (Residual) Preset.of("stable-dino-" + name + "-12ep").settings(80).model().backbone();
    assertThat(backbone.config())
        .isEqualTo(ResNetConfig.ofDepth(50).withFirstOutput(firstOutput).withFrozenStages(1));
  }

  @ParameterizedTest
  @CsvSource({
    "swin-t, 96, 2-2-6-2, 3-6-12-24, 7",
    "swin-s, 96, 2-2-18-2, 3-6-12-24, 7",
    "swin-b, 128, 2-2-18-2, 4-8-16-32, 12",
    "swin-l, 192, 2-2-18-2, 6-12-24-48, 12"
  })
  void shiftedWindows(String name, int embed, String depths, String heads, int window) {
    ShiftedWindows backbone =
        (ShiftedWindows) Preset.of("dino-" + name + "-4scale-24ep").settings(80).model().backbone();
    assertThat(backbone.config().embed()).isEqualTo(embed);
    assertThat(backbone.config().depths()).isEqualTo(numbers(depths));
    assertThat(backbone.config().heads()).isEqualTo(numbers(heads));
    assertThat(backbone.config().window()).isEqualTo(window);
    assertThat(backbone.config().dropPath()).isEqualTo(0.2f);
    assertThat(backbone.config().firstOutput()).isEqualTo(1);
  }

  private static List<Integer> numbers(String text) {
    return Stream.of(text.split("-")).map(Integer::valueOf).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "stable-dino-r50-12ep, stable-dino-r50-4scale-12ep",
    "dino-swin-xl-4scale-12ep, dino-swin-l-4scale-12ep",
    "table7-s4, table7-s1",
  })
  void anUnknownNameIsAnsweredWithTheNearest(String wrong, String nearest) {
    assertThatThrownBy(() -> Preset.of(wrong))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("'" + wrong + "'")
        .hasMessageContaining("did you mean '" + nearest + "'?");
  }
}
