package org.stabledino.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpreadTest {

  @Test
  void takesTheMiddleOfAnyOrder() {
    assertThat(Spread.of(5, 1, 3, 2, 4)).isEqualTo(new Spread(3, 2, 4));
  }

  @Test
  void liesBetweenNeighboursOfAnEvenNumber() {
    assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1.75, 3.25));
  }

  @Test
  void ofOneIsThatOne() {
    assertThat(Spread.of(7)).isEqualTo(new Spread(7, 7, 7));
  }

  @Test
  void ofNothingIsAnError() {
    assertThatThrownBy(Spread::of).hasMessageContaining("no samples");
  }
}
