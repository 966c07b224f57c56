package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScopeTest {
  private static final int LENGTH = 1 << 12;
  private static final long BYTES = 4L * LENGTH;

  @Test
  void countsWhatScopedTensorsHold() {
    long before = HostMemory.takenBytes();
    try (Scope outer = Scope.open()) {
      Tensor kept;
      try (Scope inner = Scope.open()) {
        Tensor.zeros(LENGTH);
        kept = inner.keep(Tensor.zeros(LENGTH));
        assertThat(HostMemory.takenBytes() - before).isEqualTo(2 * BYTES);
      }
      assertThat(HostMemory.takenBytes() - before).as("kept by the outer scope").isEqualTo(BYTES);
      outer.keep(kept);
      assertThat(HostMemory.takenBytes()).as("left to the collector").isEqualTo(before);
      kept.storage().retain();
      kept.storage().release();
      assertThat(kept.storage().freed()).isFalse();
    }
    assertThat(HostMemory.takenBytes()).isEqualTo(before);
  }

  @Test
  void aTensorThatWasGivenBackCannotBeKeptAnyMore() {
    long before = HostMemory.takenBytes();
    Tensor released;
    try (Scope scope = Scope.open()) {
      released = Tensor.zeros(LENGTH);
      released.storage().retain();
      released.storage().release();
      scope.keep(released);
    }
    assertThat(HostMemory.takenBytes()).isEqualTo(before);
    assertThatThrownBy(released::floats)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("given back");
  }
}
