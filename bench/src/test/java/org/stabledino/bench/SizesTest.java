package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SizesTest {

  @Test
  void stagesArePartsOfADetection() {
    double[] seconds = Sizes.measure(new Sizes.Case(64, 96, 100, false), true);
    assertThat(seconds).hasSize(5);
    for (double part : seconds) {
      assertThat(part).isPositive();
    }
  }

  @Test
  void tellsWhatASecondThreadGains() {
    List<double[]> two = Collections.nCopies(9, new double[] {1, 0.5, 0.125, 0.25, 0.0625});
    List<double[]> one = Collections.nCopies(9, new double[] {1.9, 0, 0, 0, 0});
    List<String> lines = Sizes.table(two, one, 2).lines().toList();
    assertThat(lines.get(1).split(" +"))
        .containsExactly(
            "detect", "192x320", "900", "1.000", "0.500", "0.125", "0.250", "0.063", "0.063",
            "1.900", "1.90");
    assertThat(lines.get(9).split(" +"))
        .containsExactly("step", "480x800", "900", "1.000", "1.900", "1.90");
  }
}
