package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.cuda.StandIn;
import org.stabledino.detection.data.Sample;
import org.stabledino.tensor.Device;

/** How often a training step waits for a GPU, counted by the stand-in for one. */
@Tag("standin")
class CudaStepWaitsTest {
  @TempDir Path folder;

  /** Each part of the batch waits for the matcher's costs; then one wait for losses and norm. */
  @ParameterizedTest
  @CsvSource({"1,bf16,2", "2,off,3"})
  void aStepWaitsForTheMatchingAndAtItsEnd(String parts, String amp, int waits) {
    Device device = StandIn.cachingDevice();
    TinyBatch tiny = TinyBatch.of(folder);
    List<Sample> batch = tiny.samples();
    TrainingState state =
        new TrainingState(
            tiny.config("train.accumulate", parts, "train.amp", amp, "train.emaDecay", "0.99"),
            device);
    // Kernels are loaded, and memory is taken that the steps after these use again.
    state.train(batch);
    state.train(batch);
    StandIn.waits();
    state.train(batch);
    assertThat(StandIn.waits()).isEqualTo(Map.of("cuEventSynchronize", waits));
  }
}
