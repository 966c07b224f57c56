package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.cuda.StandIn;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.losses.NonFiniteLossException;
import org.stabledino.nn.Parameter;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/** A step whose losses are not finite leaves everything as it was, although all was queued. */
class NonFiniteStepTest {
  @TempDir Path folder;

  /** All numbers of a checkpoint, by name. */
  private static List<String> content(TrainingState state) {
    List<String> content = new ArrayList<>();
    state
        .files()
        .forEach(
            (file, tensors) ->
                tensors.forEach(
                    (name, tensor) -> content.add(file + " " + name + " " + hash(tensor))));
    return content;
  }

  private static int hash(Tensor tensor) {
    return tensor.dtype() == DType.FLOAT32
        ? Arrays.hashCode(tensor.toFloats())
        : Arrays.hashCode(tensor.longs());
  }

  private void aStepThatFailsChangesNothing(Device device) {
    TinyBatch tiny = TinyBatch.of(folder);
    RunConfig config =
        tiny.config("train.emaDecay", "0.99", "model.loss.finiteLogarithms", "false");
    List<Sample> batch = tiny.samples();
    TrainingState state = new TrainingState(config, device);
    state.train(batch);
    // A probability that is 0 in float32, whose logarithm is infinite; the matching stays finite.
    Map<String, Parameter> parameters = state.model().namedParameters();
    String name =
        parameters.keySet().stream()
            .filter(path -> path.contains("class_embed") && path.endsWith("bias"))
            .findFirst()
            .orElseThrow();
    Tensor bias = parameters.get(name).data();
    Tensor kept = bias.copy();
    bias.copyFrom(Tensor.full(-1000f, bias.size()));

    List<String> before = content(state);
    assertThatThrownBy(() -> state.train(batch))
        .isInstanceOf(NonFiniteLossException.class)
        .hasMessageContaining("loss_class");
    assertThat(content(state)).isEqualTo(before);
    assertThat(state.step()).isEqualTo(1);
    assertThat(parameters.values()).allMatch(parameter -> parameter.grad() == null);

    bias.copyFrom(kept);
    assertThat(state.train(batch).step()).isEqualTo(2);
    assertThat(content(state)).isNotEqualTo(before);
  }

  @Test
  void onTheCpu() {
    aStepThatFailsChangesNothing(Device.CPU);
  }

  @Test
  @Tag("standin")
  void onTheDevice() {
    aStepThatFailsChangesNothing(StandIn.cachingDevice());
  }
}
