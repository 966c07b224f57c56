package org.stabledino.detection.model;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.cuda.StandIn;
import org.stabledino.tensor.Device;

/**
 * A recorded training step with model, gradients and optimiser on the stand-in for a GPU: one of
 * the recorded systems, as it takes a while there.
 */
@Tag("parity")
@Tag("standin")
class CudaTrainingParityTest extends StableDinoTrainingParityTest {

  @Override
  protected Device device() {
    return StandIn.device();
  }

  @Override
  protected int steps() {
    return 1;
  }

  @Override
  @ParameterizedTest
  @ValueSource(strings = "stable")
  void lossesMatchesAndGradientsOfTheFirstStep(String system) {
    super.lossesMatchesAndGradientsOfTheFirstStep(system);
  }

  @Override
  @ParameterizedTest
  @ValueSource(strings = "stable")
  void stepsOfAdamW(String system) {
    super.stepsOfAdamW(system);
  }
}
