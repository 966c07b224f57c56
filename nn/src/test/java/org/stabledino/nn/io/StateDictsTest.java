package org.stabledino.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.stabledino.nn.FrozenBatchNorm2d;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.tensor.Tensor;

class StateDictsTest {

  /** A head that is reachable on two paths, and a norm with derived values. */
  private static final class Toy extends Module {
    final Linear head = new Linear(2, 3);
    final FrozenBatchNorm2d norm = child("norm", new FrozenBatchNorm2d(2));

    Toy() {
      child("transformer.head", head);
      child("head", head);
      initialize(Rng.of(1));
    }
  }

  private static Map<String, Tensor> stateOf(Module module) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    module.stateDict().forEach((name, tensor) -> state.put(name, tensor.copy()));
    return state;
  }

  private static TensorSource source(Map<String, Tensor> state) {
    return TensorSource.of("model.safetensors", state);
  }

  @Test
  void sharedParametersCountOnceAndLoadUnderEitherName() {
    Toy toy = new Toy();
    assertThat(toy.namedParameters().keySet())
        .containsExactlyInAnyOrder("transformer.head.weight", "transformer.head.bias");
    assertThat(toy.parameterAliases())
        .containsEntry("head.weight", "transformer.head.weight")
        .hasSize(2);
    Map<String, Tensor> state = stateOf(toy);
    state.put("head.weight", state.remove("transformer.head.weight"));
    state.put("head.bias", Tensor.full(9f, 3));
    Toy other = new Toy();
    other.head.weight().data().floats()[0] = 77;
    StateDicts.Report report = StateDicts.load(other, source(state), Strictness.STRICT);
    assertThat(report.complete()).isTrue();
    assertThat(report.loaded()).hasSize(6);
    assertThat(other.head.weight().data().toFloats())
        .isEqualTo(toy.head.weight().data().toFloats());
    // The canonical name wins over an alias.
    assertThat(other.head.bias().data().toFloats()).isEqualTo(toy.head.bias().data().toFloats());
  }

  @Test
  void differencesAreReportedInOneLineAndNothingIsLoaded() {
    Toy toy = new Toy();
    float[] before = toy.head.bias().data().toFloats();
    Map<String, Tensor> state = stateOf(toy);
    state.remove("norm.running_var");
    state.put("transformer.head.weight", Tensor.zeros(5, 2));
    state.put("transformer.head.bias", Tensor.full(5f, 3));
    state.put("mask_head.weight", Tensor.zeros(1));
    for (Strictness strictness : List.of(Strictness.STRICT, Strictness.ALLOW_UNEXPECTED)) {
      assertThatThrownBy(() -> StateDicts.load(toy, source(state), strictness))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("model.safetensors does not fit this model")
          .hasMessageContaining("transformer.head.weight: model FLOAT32[3, 2], file FLOAT32[5, 2]")
          .hasMessageContaining("1 missing from the file (norm.running_var)")
          .hasMessageContaining("1 unknown to the model (mask_head.weight)")
          .hasMessageNotContaining("\n");
    }
    assertThat(toy.head.bias().data().toFloats()).isEqualTo(before);
    StateDicts.Report report = StateDicts.load(toy, source(state), Strictness.LENIENT);
    assertThat(report.missing()).containsExactly("norm.running_var");
    assertThat(report.unexpected()).containsExactly("mask_head.weight");
    assertThat(report.mismatched()).hasSize(1);
    assertThat(toy.head.bias().data().toFloats()).containsExactly(5, 5, 5);
  }

  @Test
  void aFileOfSomethingElseIsRefusedEvenLeniently() {
    assertThatThrownBy(
            () ->
                StateDicts.load(
                    new Toy(), source(Map.of("x", Tensor.zeros(1))), Strictness.LENIENT))
        .isInstanceOf(CheckpointException.class);
  }

  @Test
  void moreThanExpectedIsAllowedForABackbone() {
    Toy toy = new Toy();
    Map<String, Tensor> state = stateOf(toy);
    state.put("decoder.weight", Tensor.zeros(1));
    assertThat(StateDicts.load(toy, source(state), Strictness.ALLOW_UNEXPECTED).unexpected())
        .containsExactly("decoder.weight");
  }

  @Test
  void wrongTypesAreNamed() {
    Toy toy = new Toy();
    Map<String, Tensor> state = stateOf(toy);
    state.put("norm.bias", Tensor.of(new int[2], 2));
    assertThatThrownBy(() -> StateDicts.load(toy, source(state), Strictness.STRICT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("norm.bias: model FLOAT32[2], file INT32[2]");
  }

  @Test
  void derivedValuesFollowWhatIsLoaded() {
    Toy toy = new Toy();
    Map<String, Tensor> state = stateOf(toy);
    state.put("norm.weight", Tensor.full(3f, 2));
    state.put("norm.running_mean", Tensor.full(2f, 2));
    state.put("norm.running_var", Tensor.full(0.25f, 2));
    StateDicts.load(toy, source(state), Strictness.STRICT);
    assertThat(toy.norm.scale().toFloats())
        .containsOnly(3f * (float) (1 / Math.sqrt(0.25f + 1e-5f)));
    assertThat(toy.norm.shift().toFloats()).containsOnly(-2 * toy.norm.scale().toFloats()[0]);
  }
}
