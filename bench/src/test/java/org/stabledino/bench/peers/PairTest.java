package org.stabledino.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairTest {
  private final List<String> calls = new ArrayList<>();

  private Contestant side(String name, float... result) {
    return new Contestant(name, () -> calls.add(name), () -> result);
  }

  private Pair pair(Contestant java, Contestant... peers) {
    return new Pair("op", "shape", Effort.of(10, 20), Goal.speed(1), 1e-3, java, List.of(peers));
  }

  @Test
  void measuresTheLargestDifferenceAgainstTheLargestValue() {
    Pair pair = pair(side("Java", 1, -4), side("near", 1, -4.001f), side("same", 1, -4));
    assertThat(pair.check()).isBetween(0.00024, 0.00026);
  }

  @Test
  void namesThePeerThatDiffers() {
    Pair pair = pair(side("Java", 1, 2), side("same", 1, 2), side("other", 1, 3));
    assertThatThrownBy(pair::check)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("op shape: other differs from Java");
  }

  @Test
  void takesNoNumberAndAnotherSizeForADifference() {
    assertThatThrownBy(pair(side("Java", 1), side("nan", Float.NaN))::check)
        .hasMessageContaining("nan differs");
    assertThatThrownBy(pair(side("Java", Float.NaN), side("peer", 1))::check)
        .hasMessageContaining("peer differs");
    assertThatThrownBy(pair(side("Java", 1), side("longer", 1, 1))::check)
        .hasMessageContaining("longer differs");
  }

  @Test
  void isTimedInTurnsAfterTheCheck() {
    Pair pair = pair(side("Java", 1), side("peer", 1));
    Comparison comparison = new Duel(0.001, 1, 0.001, 2).run(pair, 3);
    assertThat(calls.subList(0, 2)).containsExactly("Java", "peer");
    assertThat(comparison.threads()).isEqualTo(3);
    assertThat(comparison.java().median()).isPositive();
    assertThat(comparison.best().name()).isEqualTo("peer");
  }

  @Test
  void isNotTimedIfResultsDiffer() {
    Pair pair = pair(side("Java", 1), side("peer", 2));
    assertThatThrownBy(() -> new Duel(0, 1, 0, 1).run(pair, 1))
        .isInstanceOf(IllegalStateException.class);
    assertThat(calls).hasSize(2);
  }
}
