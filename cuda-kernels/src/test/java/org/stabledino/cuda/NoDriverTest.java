package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;
import org.stabledino.tensor.Device;

/** A machine without a driver; runs in a JVM of its own, which never sees the stand-in. */
class NoDriverTest {
  private final Backend.Diagnosis diagnosis = new CudaProvider().diagnose();

  @BeforeEach
  void withoutDriver() {
    Assumptions.assumeFalse(diagnosis.usable(), "this machine has a GPU");
  }

  @Test
  void askingForTheDeviceSaysWhatIsMissingAndHowToGetIt() {
    assertThatThrownBy(() -> Backend.of(Device.cuda(0)))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageStartingWith("device cuda:0 is not available: ")
        .hasMessageContaining(diagnosis.missing().getFirst())
        .hasMessageEndingWith("; or use the device cpu");
  }

  @Test
  void theDiagnosisIsTheSameEveryTime() {
    assertThat(diagnosis.missing()).hasSize(1);
    assertThat(diagnosis.missing().getFirst())
        .containsAnyOf("install the driver", "see nvidia-smi", "exist for Linux on x86-64");
    assertThat(new CudaProvider().diagnose()).isEqualTo(diagnosis);
  }
}
