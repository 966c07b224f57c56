package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.check.GradientCheck;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

class MemoryFusionTest {
  private static final Levels LEVELS = new Levels(new int[] {3, 2}, new int[] {4, 2});

  private static TransformerConfig config(Fusion fusion, int layers) {
    return new TransformerConfig(8, 2, 0, 1, 2, layers, 1, 16, 4, fusion);
  }

  /** An encoder whose fusion layers are parts of it too, so that they are initialised. */
  private static final class Whole extends Module {
    final DeformableEncoder encoder;

    Whole(TransformerConfig config) {
      MemoryFusion fusion = new MemoryFusion(config);
      encoder = child("encoder", new DeformableEncoder(config, 2, fusion));
      fusion.modules().forEach(this::child);
      initialize(Rng.of(3));
    }

    List<Variable> forward(Variable tokens) {
      Tensor references = random(5, 1, 16, 2, 2);
      for (int i = 0; i < references.size(); i++) {
        references.floats()[i] = 0.5f + 0.1f * references.floats()[i];
      }
      return encoder.forward(
          tokens,
          Variable.constant(Tensor.zeros(1, 16, 8)),
          LEVELS,
          Variable.constant(references),
          null);
    }
  }

  private static Tensor random(long seed, int... dims) {
    Tensor tensor = Tensor.empty(dims);
    Initializers.normal(tensor, 0, 1, Rng.of(seed));
    return tensor;
  }

  @ParameterizedTest
  @EnumSource(Fusion.class)
  void gradients(Fusion fusion) {
    Whole whole = new Whole(config(fusion, 3));
    GradientCheck.of(fusion.name(), in -> whole.forward(in[0]).getLast())
        .tolerance(2e-2, 2e-3)
        .on(Variable.leaf(random(7, 1, 16, 8)));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "4, 2", "5, 3", "6, 3"})
  void uLikeFusesHalfOfTheLayersOutermostLast(int layers, int fused) {
    Whole whole = new Whole(config(Fusion.U_LIKE, layers));
    assertThat(whole.namedParameters().keySet().stream().filter(n -> n.contains("fusion")))
        .hasSize(4 * fused);
    List<Variable> states = whole.forward(Variable.constant(random(7, 1, 16, 8)));
    assertThat(states).hasSize(layers + 2);
    assertThat(states).allMatch(state -> state.shape().equals(Shape.of(1, 16, 8)));
  }

  @Test
  void uLikePairsInputsOfEarlyLayersWithOutputsOfLateOnes() {
    MemoryFusion fusion = new MemoryFusion(config(Fusion.U_LIKE, 4));
    fusion.modules().values().forEach(layer -> layer.initialize(Rng.of(1)));
    List<Variable> states =
        LongStream.range(0, 5).mapToObj(i -> Variable.constant(random(i, 1, 2, 8))).toList();
    FusionLayer outer = fusion.modules().get("encoder.fusion_layers.0");
    FusionLayer inner = fusion.modules().get("encoder.fusion_layers.1");
    assertThat(fusion.afterLayer(states.subList(0, 3)).data()).isSameAs(states.get(2).data());
    assertThat(fusion.afterLayer(states.subList(0, 4)).data().toFloats())
        .isEqualTo(inner.forward(List.of(states.get(3), states.get(1))).data().toFloats());
    assertThat(fusion.afterLayer(states).data().toFloats())
        .isEqualTo(outer.forward(List.of(states.get(4), states.get(0))).data().toFloats());
  }

  @Test
  void withoutFusionTheLastOutputIsTheMemory() {
    List<Variable> states =
        new Whole(config(Fusion.NONE, 2)).forward(Variable.constant(random(7, 1, 16, 8)));
    assertThat(states.getLast()).isSameAs(states.get(2));
  }
}
