package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryTest {
  @ParameterizedTest
  @EnumSource(Memory.Case.class)
  void everyCaseRunsAndKnowsItsPeaks(Memory.Case measured) {
    String[] peaks =
        Memory.measure(measured, NamedShape.of("small.scenes 1x64x64 classes 6")).split(" ");
    long tensors = Long.parseLong(peaks[0]);
    long process = Long.parseLong(peaks[1]);
    assertThat(tensors).isPositive();
    assertThat(process == -1 || process > tensors).isTrue();
  }
}
