package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.cuda.StandIn;
import org.stabledino.detection.data.Sample;
import org.stabledino.tensor.Device;

/** How often a training step waits for a GPU, counted by the stand-in for one. */
@Tag("standin")
class CudaStepWaitsTest {
  /** Atomic additions of a backward pass come in any order. */
  private static final Offset<Double> ROUNDING = Offset.offset(1e-3);

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
    state.train(batch, () -> Optional.of(batch));
    state.train(batch, () -> Optional.of(batch));
    StandIn.waits();
    state.train(batch, () -> Optional.of(batch));
    assertThat(StandIn.waits()).isEqualTo(Map.of("cuEventSynchronize", waits));
  }

  /** Pictures that came with the step before, and some that were announced and did not come. */
  @Test
  void picturesBroughtAheadAreTheSame() {
    Device device = StandIn.cachingDevice();
    TinyBatch tiny = TinyBatch.of(folder);
    List<Sample> batch = tiny.samples();
    List<Sample> other = batch.reversed();
    TrainingState plain = new TrainingState(tiny.config(), device);
    TrainingState early = new TrainingState(tiny.config(), device);
    for (List<Sample> next : List.of(batch, other)) {
      StepResult expected = plain.train(batch);
      StepResult actual = early.train(batch, () -> Optional.of(next));
      assertThat(actual.total()).isCloseTo(expected.total(), ROUNDING);
    }
    assertThat(early.train(batch).total()).isCloseTo(plain.train(batch).total(), ROUNDING);
  }
}
