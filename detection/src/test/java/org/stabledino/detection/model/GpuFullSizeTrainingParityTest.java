package org.stabledino.detection.model;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.cuda.OnGpu;

/** The published detector's training step at its real size on the machine's own GPU. */
@Tag("parity")
@Tag("gpu")
class GpuFullSizeTrainingParityTest {

  @Test
  void lossesMatchesAndGradients() {
    FullSizeTrainingParityTest.checkOn(OnGpu.device());
  }
}
