package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;
import org.stabledino.tensor.Device;

class CudaProviderTest {

  @Test
  void askingForTheDeviceSaysWhatIsMissingAndWhatWorks() {
    assertThatThrownBy(() -> Backend.of(Device.cuda(0)))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "device cuda:0 is not available: this version holds no CUDA kernels; use the device cpu");
  }
}
