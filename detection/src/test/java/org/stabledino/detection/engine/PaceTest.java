package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.stabledino.detection.config.TrainConfig;

class PaceTest {
  private static final long SECOND = 1_000_000_000L;

  private static TrainConfig train(long steps, long evaluateEvery) {
    return new TrainConfig(steps, 2, 60, 0, 20, evaluateEvery, 500, 2);
  }

  @Test
  void theRestIsStepsAndEvaluations() {
    Pace pace = new Pace(0);
    pace.stepped(2 * SECOND);
    pace.stepped(4 * SECOND);
    assertThat(pace.left(2, train(102, 0))).isEqualTo(Duration.ofSeconds(300));
    pace.evaluated(60 * SECOND);
    // At 50, where it is still to come, at 100 and at the end.
    assertThat(pace.left(50, train(102, 50))).isEqualTo(Duration.ofSeconds(3 * 52 + 3 * 60));
    assertThat(pace.left(51, train(102, 50))).isEqualTo(Duration.ofSeconds(3 * 51 + 2 * 60));
    assertThat(pace.left(51, train(100, 50))).isEqualTo(Duration.ofSeconds(3 * 49 + 60));
  }

  @Test
  void onlyTheLastHundredStepsCount() {
    Pace pace = new Pace(0);
    for (int i = 0; i < 100; i++) {
      pace.stepped(1000 * SECOND);
    }
    for (int i = 0; i < 100; i++) {
      pace.stepped(SECOND);
    }
    assertThat(pace.left(200, train(300, 0))).isEqualTo(Duration.ofSeconds(100));
  }

  @Test
  void theReserveCoversTheLongestStepAndACheckpoint() {
    Pace pace = new Pace(10 * SECOND);
    pace.stepped(SECOND);
    pace.stepped(3 * SECOND);
    assertThat(pace.reserve()).isEqualTo((3 + 10) * SECOND * 3 / 2);
    pace.saved(SECOND);
    assertThat(pace.reserve()).isEqualTo((3 + 1) * SECOND * 3 / 2);
  }

  @Test
  void theFirstStepStandsApart() {
    Pace pace = new Pace(0);
    assertThat(pace.summary()).isEmpty();
    pace.stepped(3_100_000_000L);
    assertThat(pace.summary()).isEqualTo("first step 3.10 s");
    for (int i = 1; i <= 5; i++) {
      pace.stepped(i * SECOND / 10);
    }
    assertThat(pace.summary()).isEqualTo("first step 3.10 s, then 0.300 s (median of 5)");
    for (int i = 0; i < 200; i++) {
      pace.stepped(SECOND);
    }
    assertThat(pace.summary()).isEqualTo("first step 3.10 s, then 1.00 s (median of 100)");
  }
}
