package org.stabledino.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.nn.GroupNorm;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.tensor.Tensor;

class ResumeTest {
  @TempDir Path folder;

  /** A model with a backbone, a norm and a frozen part. */
  private static final class Toy extends Module {
    final Linear backbone = child("backbone.fc", new Linear(7, 5));
    final GroupNorm norm = child("norm", new GroupNorm(1, 5));
    final Linear frozen = child("frozen", new Linear(5, 5));
    final Linear head = child("head", new Linear(5, 300));

    Toy() {
      initialize(Rng.of(3));
      frozen.freeze(true);
    }
  }

  private static final class Run {
    final Toy model = new Toy();
    final AdamW optimizer =
        new AdamW(
            new ParameterGroup.Rule(1e-2, 0.1, 1e-2, ParameterGroup.Exempt.NORMS).split(model));
    final ExponentialMovingAverage ema = new ExponentialMovingAverage(model, 0.9);

    void step(int step) {
      model.clearGrad();
      model
          .namedParameters()
          .forEach(
              (path, parameter) -> {
                // The head gets no gradient in some steps, so that step counts differ.
                if (!path.startsWith("head") || step % 3 != 0) {
                  Tensor grad = Tensor.empty(parameter.shape().dims());
                  Initializers.normal(grad, 0, 1, Rng.of(step).child(path));
                  if (!parameter.frozen()) {
                    LeafGradients.give(parameter, grad);
                  }
                }
              });
      float clip = new GradientClipping(0.1).measure(optimizer.parameters()).coefficient();
      optimizer.step(LearningRateSchedule.cosine(0.02).multiplier(step, 20), clip);
      ema.update();
    }
  }

  @Test
  void twentyStepsEqualTenThenTenFromAFileBitForBit() {
    Run straight = new Run();
    for (int step = 0; step < 10; step++) {
      straight.step(step);
    }
    SafeTensors.write(folder.resolve("model"), straight.model.stateDict(), Map.of());
    SafeTensors.write(folder.resolve("optimizer"), straight.optimizer.state(), Map.of());
    SafeTensors.write(folder.resolve("ema"), straight.ema.state(), Map.of());
    for (int step = 10; step < 20; step++) {
      straight.step(step);
    }
    Run resumed = new Run();
    try (SafeTensors model = SafeTensors.open(folder.resolve("model"));
        SafeTensors optimizer = SafeTensors.open(folder.resolve("optimizer"));
        SafeTensors ema = SafeTensors.open(folder.resolve("ema"))) {
      StateDicts.load(resumed.model, model, StateDicts.Strictness.STRICT);
      resumed.optimizer.loadState(optimizer);
      resumed.ema.loadState(ema);
    }
    for (int step = 10; step < 20; step++) {
      resumed.step(step);
    }
    assertSameBits(resumed.model.stateDict(), straight.model.stateDict());
    assertSameBits(resumed.ema.state(), straight.ema.state());
    assertThat(resumed.optimizer.state().keySet())
        .isEqualTo(straight.optimizer.state().keySet())
        .contains("head.weight.step")
        .doesNotContain("frozen.weight.step");
  }

  private static void assertSameBits(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (path, tensor) ->
            assertThat(actual.get(path).toFloats()).as(path).isEqualTo(tensor.toFloats()));
  }

  @Test
  void aResumeWithAnotherShapeNamesTheTensor() {
    Run run = new Run();
    run.step(1);
    Map<String, Tensor> state = new LinkedHashMap<>(run.optimizer.state());
    state.put("norm.weight.exp_avg", Tensor.zeros(6));
    assertThatThrownBy(() -> run.optimizer.loadState(TensorSource.of("last.safetensors", state)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("last.safetensors")
        .hasMessageContaining("norm.weight.exp_avg")
        .hasMessageContaining("[6]");
  }

  @Test
  void groupsFollowNormsBackbonesAndFreezing() {
    Toy model = new Toy();
    List<ParameterGroup> groups =
        new ParameterGroup.Rule(1e-4, 0.1, 1e-4, ParameterGroup.Exempt.NORMS).split(model);
    assertThat(groups)
        .extracting(ParameterGroup::learningRate)
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : Double.compare(a, b))
        .containsExactly(1e-5, 1e-4, 1e-4);
    assertThat(groups).extracting(ParameterGroup::weightDecay).containsExactly(1e-4, 0.0, 1e-4);
    assertThat(groups.get(0).parameters().keySet())
        .containsExactly("backbone.fc.weight", "backbone.fc.bias");
    assertThat(groups.get(1).parameters().keySet()).containsExactly("norm.weight", "norm.bias");
    assertThat(groups.get(2).parameters().keySet()).containsExactly("head.weight", "head.bias");
    List<ParameterGroup> small =
        new ParameterGroup.Rule(1e-4, 1, 1e-4, ParameterGroup.Exempt.VECTORS).split(model);
    assertThat(small.get(1).parameters().keySet())
        .containsExactly("backbone.fc.bias", "norm.weight", "norm.bias", "head.bias");
  }

  @Test
  void theAverageIsAppliedAndTakenBack() {
    Run run = new Run();
    Parameter weight = run.model.namedParameters().get("head.weight");
    float[] start = weight.data().toFloats();
    run.step(1);
    float[] trained = weight.data().toFloats();
    float[] average = run.ema.state().get("head.weight").toFloats();
    assertThat(trained).isNotEqualTo(start);
    try (ExponentialMovingAverage.Applied _ = run.ema.apply()) {
      assertThat(weight.data().toFloats()).isEqualTo(average);
    }
    assertThat(weight.data().toFloats()).isEqualTo(trained);
    assertThat(run.ema.state().get("head.weight").toFloats()).isEqualTo(average);
  }
}
