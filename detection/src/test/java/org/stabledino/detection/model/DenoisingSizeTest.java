package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;

class DenoisingSizeTest {

  @Test
  void moreCopiesThanATensorHoldsAreRefused() {
    DenoisingConfig config = new DenoisingConfig(36, 2_000_000_000, 0.5, 1, 1, false, false);
    List<Targets> batch = List.of(new Targets(new int[] {1}, new float[] {0.5f, 0.5f, 0.2f, 0.2f}));
    assertThatThrownBy(
            () ->
                DenoisingQueries.of(config, 3, 40, batch, DenoisingNoise.of(1, 0, new long[] {7})))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("copies=2000000000");
  }
}
