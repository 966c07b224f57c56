package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.stabledino.detection.model.LossConfig.ClassLoss;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.MatchingConfig.Modulation;

class CompatTest {
  private static final StableDinoConfig STABLE = StableDinoConfig.stableDinoR50(80);

  @Test
  void presetsFollowThePaper() {
    assertThat(STABLE.with(Compat.PAPER)).isEqualTo(STABLE);
    assertThat(StableDinoConfig.dinoR50(80).with(Compat.PAPER))
        .isEqualTo(StableDinoConfig.dinoR50(80));
  }

  @Test
  void releasedDiffersInSixPoints() {
    StableDinoConfig released = STABLE.with(Compat.RELEASED);
    assertThat(released.matching().modulation()).isEqualTo(Modulation.LAST_OF_CLASS);
    assertThat(released.loss().rescaling()).isEqualTo(Rescaling.ONE);
    assertThat(released.loss().denoisingClassLoss()).isEqualTo(ClassLoss.POSITION_SUPERVISED);
    assertThat(released.denoising().negativeStep()).isZero();
    assertThat(released.maskPaddingInEvaluation()).isFalse();
    assertThat(released.loss().finiteLogarithms()).isFalse();
    assertThat(released.with(Compat.PAPER)).isEqualTo(STABLE);
  }

  @Test
  void fewQueriesAreRescaledToOneInThePaperToo() {
    StableDinoConfig small = StableDinoConfig.small(6).with(Compat.PAPER);
    assertThat(small.loss().rescaling()).isEqualTo(Rescaling.ONE);
  }

  @Test
  void theBaselineKeepsItsLossAndCost() {
    StableDinoConfig released = StableDinoConfig.dinoR50(80).with(Compat.RELEASED);
    assertThat(released.loss().denoisingClassLoss()).isEqualTo(ClassLoss.FOCAL);
    assertThat(released.matching().modulation()).isEqualTo(Modulation.NONE);
  }
}
