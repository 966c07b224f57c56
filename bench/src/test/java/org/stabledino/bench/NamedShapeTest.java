package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NamedShapeTest {

  @Test
  void readsTheNumbersAfterTheName() {
    NamedShape shape = NamedShape.of("r50.res4.conv2 1x50x84 256->256 3x3/2");
    assertThat(shape.name()).isEqualTo("r50.res4.conv2");
    assertThat(shape.extents()).containsExactly(1, 50, 84, 256, 256, 3, 3, 2);
  }

  @Test
  void skipsWordsBetweenNumbers() {
    NamedShape shape = NamedShape.of("small.decoder 2x180x64 heads 8 levels 16x16");
    assertThat(shape.extents()).containsExactly(2, 180, 64, 8, 16, 16);
    assertThat(shape.count()).isEqualTo(2.0 * 180 * 64 * 8 * 16 * 16);
  }
}
