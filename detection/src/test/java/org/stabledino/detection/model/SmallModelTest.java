package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.ParameterGroup.Exempt;
import org.stabledino.nn.optim.ParameterGroup.Rule;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The small detector: three levels, group norm, trained from scratch. */
class SmallModelTest {
  private static final StableDinoConfig CONFIG = StableDinoConfig.small(6);
  private static final List<Targets> TARGETS =
      List.of(
          new Targets(new int[] {2}, new float[] {0.4f, 0.5f, 0.3f, 0.4f}),
          new Targets(
              new int[] {0, 5}, new float[] {0.3f, 0.3f, 0.2f, 0.2f, 0.6f, 0.7f, 0.4f, 0.3f}));

  private static StableDino model() {
    StableDino model = new StableDino(CONFIG);
    model.initialize(Rng.of(60));
    return model;
  }

  private static Tensor images(int height, int width) {
    Tensor images = Tensor.empty(2, height, width, 3);
    Initializers.normal(images, 0, 1, Rng.of(5));
    return images;
  }

  @Test
  void isAboutAMillionParameters() {
    assertThat(model().parameterCount()).isBetween(950_000L, 1_050_000L);
  }

  @Test
  void predictsEveryQuery() {
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Prediction found = model().detect(images(96, 128), ValidSizes.full(2, 96, 128));
      assertThat(found.logits().shape()).isEqualTo(Shape.of(2, 50, 6));
      assertThat(found.boxes().shape()).isEqualTo(Shape.of(2, 50, 4));
      for (float box : found.boxes().data().toFloats()) {
        assertThat(box).isBetween(0f, 1f);
      }
    }
  }

  @Test
  void classesStartNearOnePercent() {
    try (GradMode _ = GradMode.noGrad()) {
      Prediction found = model().detect(images(96, 128), ValidSizes.full(2, 96, 128));
      double mean = 0;
      for (float logit : found.logits().data().toFloats()) {
        mean += 1 / (1 + Math.exp(-logit)) / found.logits().data().size();
      }
      assertThat(mean).isCloseTo(0.01, within(0.01));
    }
  }

  /** Masked in the paper's mode: what lies in the padding changes nothing but the backbone. */
  @Test
  void paddingIsMaskedUnlessReleased() {
    Tensor images = images(96, 128);
    ValidSizes sizes = new ValidSizes(new int[] {96, 64}, new int[] {128, 64});
    StableDino paper = model();
    StableDino released = new StableDino(CONFIG.with(Compat.RELEASED));
    released.initialize(Rng.of(60));
    try (GradMode _ = GradMode.noGrad()) {
      float[] masked = paper.detect(images, sizes).logits().data().toFloats();
      float[] unmasked = released.detect(images, sizes).logits().data().toFloats();
      ValidSizes full = ValidSizes.full(2, 96, 128);
      float[] whole = paper.detect(images, full).logits().data().toFloats();
      assertThat(unmasked).isEqualTo(whole);
      int image = masked.length / 2;
      assertThat(Arrays.copyOfRange(masked, image, 2 * image))
          .isNotEqualTo(Arrays.copyOfRange(whole, image, 2 * image));
    }
  }

  @Test
  void trainingLowersTheLossAndReachesEveryParameter() {
    StableDino model = model();
    Criterion criterion = Criterion.of(CONFIG);
    AdamW adam = new AdamW(new Rule(1e-3, 1, 1e-4, Exempt.VECTORS).split(model));
    GradientClipping clipping = new GradientClipping(0.1);
    Tensor images = images(64, 64);
    ValidSizes sizes = new ValidSizes(new int[] {64, 48}, new int[] {50, 64});
    double first = 0;
    double last = 0;
    for (int step = 0; step < 30; step++) {
      try (Scope _ = Scope.open()) {
        DenoisingQueries denoising =
            DenoisingQueries.of(
                CONFIG.denoising(), 6, 50, TARGETS, DenoisingNoise.of(1, step, new long[] {1, 2}));
        LossReport report = criterion.forward(model.forward(images, sizes, denoising), TARGETS);
        model.clearGrad();
        report.total().backward();
        if (step == 0) {
          first = report.total().item();
          model
              .namedParameters()
              .forEach((name, parameter) -> assertThat(parameter.grad()).as(name).isNotNull());
        }
        last = report.total().item();
        adam.step(1, clipping.measure(adam.parameters()).coefficient());
        model.notifyStateChanged();
      }
    }
    assertThat(last).isLessThan(0.7 * first);
  }

  @Test
  void batchesWithoutTargetsTrainToo() {
    StableDino model = model();
    LossReport report =
        Criterion.of(CONFIG)
            .forward(
                model.forward(images(64, 64), ValidSizes.full(2, 64, 64), null),
                List.of(Targets.NONE, Targets.NONE));
    report.total().backward();
    assertThat(report.values().get("loss_bbox")).isZero();
    assertThat(report.values().get("loss_class_dn")).isZero();
    assertThat(report.values().get("loss_class")).isPositive();
  }

  @Test
  void imagesWithTooFewTokensAreRefused() {
    StableDino model = model();
    assertThatThrownBy(() -> model.detect(images(32, 32), ValidSizes.full(2, 32, 32)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("21 tokens")
        .hasMessageContaining("50 queries");
  }
}
