package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.detection.boxes.Targets;

class DenoisingNoiseTest {
  private static final Targets CAT =
      new Targets(new int[] {3}, new float[] {0.5f, 0.5f, 0.2f, 0.3f});
  private static final Targets DOG =
      new Targets(new int[] {4}, new float[] {0.4f, 0.6f, 0.3f, 0.1f});

  private static DenoisingQueries queries(long step, List<Targets> targets, long... ids) {
    return DenoisingQueries.of(
        DenoisingConfig.CONTRASTIVE, 80, 10, targets, DenoisingNoise.of(60, step, ids));
  }

  @Test
  void drawsFollowTheImageWhereverItStandsInTheBatch() {
    DenoisingQueries both = queries(7, List.of(CAT, DOG), 11, 22);
    DenoisingQueries swapped = queries(7, List.of(DOG, CAT), 22, 11);
    assertThat(swapped.boxes().select(1).toFloats()).isEqualTo(both.boxes().select(0).toFloats());
    assertThat(queries(7, List.of(DOG), 22).boxes().toFloats())
        .isEqualTo(both.boxes().select(1).toFloats());
  }

  @Test
  void drawsChangeWithTheStep() {
    assertThat(queries(8, List.of(CAT), 11).boxes().toFloats())
        .isNotEqualTo(queries(7, List.of(CAT), 11).boxes().toFloats());
  }

  @Test
  void aQuarterOfTheLabelsIsReplaced() {
    int replaced = 0;
    int all = 0;
    for (int step = 0; step < 50; step++) {
      for (int label : queries(step, List.of(CAT), 11).labels().ints()) {
        replaced += label == 3 ? 0 : 1;
        all++;
      }
    }
    assertThat(all).isEqualTo(50 * 200);
    assertThat((double) replaced / all).isCloseTo(0.25 * 79 / 80, within(0.02));
  }

  @Test
  void positivesStayNearerThanNegatives() {
    DenoisingNoise noise = DenoisingNoise.of(60, 1, new long[] {11});
    double sum = 0;
    for (int repetition = 0; repetition < 1000; repetition++) {
      float part = noise.part(repetition, 0, 0, repetition & 3);
      float sign = noise.sign(repetition, 0, 0, repetition & 3);
      assertThat(part).isBetween(0f, 1f);
      assertThat(Math.abs(sign)).isEqualTo(1f);
      sum += sign * part;
    }
    assertThat(sum / 1000).isCloseTo(0, within(0.06));
    float[] logits = queries(1, List.of(CAT), 11).boxes().toFloats();
    DenoisingLayout layout = new DenoisingLayout(100, 2, 1);
    for (int group = 0; group < layout.groups(); group++) {
      float positive = 1 / (1 + (float) Math.exp(-logits[4 * layout.queryOf(group, 0, 0)]));
      assertThat(Math.abs(positive - 0.5f)).isLessThan(0.1001f);
    }
  }

  @Test
  void thereAreNoneWithoutTargets() {
    assertThat(queries(1, List.of(Targets.NONE, Targets.NONE), 1, 2)).isNull();
    assertThat(
            DenoisingQueries.of(
                DenoisingConfig.CONTRASTIVE.withQueries(0),
                80,
                10,
                List.of(CAT),
                DenoisingNoise.of(1, 1, new long[] {1})))
        .isNull();
  }
}
