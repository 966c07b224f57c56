package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.cuda.StandIn;
import org.stabledino.detection.data.Sample;
import org.stabledino.nn.Parameter;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/** A training step with {@code train.amp=bf16}, on the stand-in for a GPU. */
@Tag("standin")
class CudaMixedPrecisionStepTest {
  @TempDir Path folder;

  /** All elements of what every parameter has. */
  private static double[] all(TrainingState state, Function<Parameter, Tensor> of) {
    return state.model().namedParameters().values().stream()
        .map(of)
        .filter(Objects::nonNull)
        .map(tensor -> tensor.to(Device.CPU).toFloats())
        .flatMapToDouble(values -> IntStream.range(0, values.length).mapToDouble(i -> values[i]))
        .toArray();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * Each product is off by up to 2^-8 of its size; some forty of them follow each other in forward
   * and backward pass, at random, so that a hundredth remains.
   */
  @Test
  void lossesAndGradientsAreThoseOfFloat32WithinTheRounding() {
    Device device = StandIn.device();
    TinyBatch tiny = TinyBatch.of(folder);
    List<Sample> batch = tiny.samples();
    TrainingState exact = new TrainingState(tiny.config(), device);
    TrainingState mixed = new TrainingState(tiny.config("train.amp", "bf16"), device);

    double expectedLoss = exact.differentiate(batch).read(List.of()).total();
    double loss = mixed.differentiate(batch).read(List.of()).total();
    assertThat(loss)
        .isNotEqualTo(expectedLoss)
        .isCloseTo(expectedLoss, within(0.01 * expectedLoss));

    double[] expected = all(exact, Parameter::grad);
    double[] actual = all(mixed, Parameter::grad);
    double cosine =
        dot(expected, actual) / Math.sqrt(dot(expected, expected) * dot(actual, actual));
    assertThat(cosine).isBetween(0.99, 0.9999999);

    // A bfloat16 would lose this update: it is below 2^-9 of most weights.
    double[] before = all(mixed, Parameter::data);
    mixed.train(batch);
    double[] after = all(mixed, Parameter::data);
    int moved = 0;
    for (int i = 0; i < after.length; i++) {
      moved += after[i] != before[i] ? 1 : 0;
    }
    assertThat(moved).isGreaterThan(after.length / 2);
  }
}
