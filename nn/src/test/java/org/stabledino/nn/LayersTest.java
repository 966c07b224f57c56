package org.stabledino.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The examples of the layers' documentation, and what layers promise beyond their ops. */
class LayersTest {

  @Test
  void linear() {
    Linear linear = new Linear(256, 91);
    linear.initialize(Rng.of(60));
    Variable logits = linear.forward(Variable.constant(Tensor.zeros(2, 900, 256)));
    assertThat(logits.shape()).isEqualTo(Shape.of(2, 900, 91));
    assertThat(logits.data().get(1, 899, 90)).isEqualTo(linear.bias().data().get(90)).isNotZero();
    assertThat(new Linear(3, 4, false).namedParameters().keySet()).containsExactly("weight");
  }

  @Test
  void conv2d() {
    Conv2d conv = new Conv2d(3, 64, 7, 2, 3, false);
    conv.initialize(Rng.of(60));
    Variable map = conv.forward(Variable.constant(Tensor.zeros(1, 224, 224, 3)));
    assertThat(map.shape()).isEqualTo(Shape.of(1, 112, 112, 64));
  }

  @Test
  void layerNorm() {
    LayerNorm norm = new LayerNorm(256);
    Variable y = norm.forward(Variable.constant(Tensor.full(3f, 2, 900, 256)));
    assertThat(y.shape()).isEqualTo(Shape.of(2, 900, 256));
    assertThat(y.data().toFloats()).containsOnly(0f);
  }

  @Test
  void groupNorm() {
    GroupNorm norm = new GroupNorm(32, 256);
    Variable y = norm.forward(Variable.constant(Tensor.full(3f, 2, 25, 34, 256)));
    assertThat(y.shape()).isEqualTo(Shape.of(2, 25, 34, 256));
    assertThatThrownBy(() -> new GroupNorm(3, 8)).hasMessageContaining("3 groups");
  }

  @Test
  void frozenBatchNormStartsAsTheIdentity() {
    FrozenBatchNorm2d norm = new FrozenBatchNorm2d(64);
    Variable y = norm.forward(Variable.constant(Tensor.full(3f, 1, 56, 56, 64)));
    assertThat(y.shape()).isEqualTo(Shape.of(1, 56, 56, 64));
    Close.check("identity", Tensor.full(3f, 1, 56, 56, 64), y.data(), 1e-6, 0);
    assertThat(norm.namedBuffers().get("running_var").toFloats()).containsOnly(1f - 1e-5f);
    assertThat(norm.namedParameters()).isEmpty();
  }

  @Test
  @Tag("parity")
  void frozenBatchNormEqualsThePublishedOne() {
    try (Fixture fixture = Fixtures.open("ops/frozen_bn")) {
      for (String name : fixture.caseNames()) {
        Variable x = Variable.leaf(fixture.nhwc(name + ".in.x"));
        FrozenBatchNorm2d norm = new FrozenBatchNorm2d(x.dim(3));
        StateDicts.load(
            norm,
            TensorSource.of(name, fixture.withPrefix(name + ".in.")),
            StateDicts.Strictness.ALLOW_UNEXPECTED);
        Variable y = norm.forward(x);
        Close.check(name, fixture.nhwc(name + ".out"), y.data(), 1e-5, 1e-6);
        if (fixture.has(name + ".grad.x")) {
          y.backward(fixture.nhwc(name + ".gout"));
          Close.check(name + ".grad", fixture.nhwc(name + ".grad.x"), x.grad(), 1e-5, 1e-6);
        }
      }
    }
  }

  @Test
  void embedding() {
    Embedding labels = new Embedding(80, 256);
    labels.initialize(Rng.of(60));
    Variable vectors = labels.forward(Tensor.of(new int[] {3, 17}, 2));
    assertThat(vectors.shape()).isEqualTo(Shape.of(2, 256));
    assertThat(vectors.data().get(1, 5)).isEqualTo(labels.weight().data().get(17, 5));
  }

  @Test
  void mlp() {
    Mlp boxes = new Mlp(256, 256, 4, 3);
    boxes.initialize(Rng.of(60));
    Variable offsets = boxes.forward(Variable.constant(Tensor.zeros(2, 900, 256)));
    assertThat(offsets.shape()).isEqualTo(Shape.of(2, 900, 4));
    assertThat(boxes.namedParameters().keySet())
        .containsExactly(
            "layers.0.weight",
            "layers.0.bias",
            "layers.1.weight",
            "layers.1.bias",
            "layers.2.weight",
            "layers.2.bias");
  }

  @Test
  void multiheadAttention() {
    MultiheadAttention attention = new MultiheadAttention(256, 8);
    attention.initialize(Rng.of(60));
    Variable x = Variable.constant(Tensor.zeros(2, 90, 256));
    assertThat(attention.forward(x, x, x, Mask.NONE).shape()).isEqualTo(x.shape());
    assertThatThrownBy(() -> new MultiheadAttention(10, 3)).hasMessageContaining("3 heads");
  }

  @Test
  void multiScaleDeformableAttention() {
    MultiScaleDeformableAttention attention = new MultiScaleDeformableAttention(256, 8, 2, 4);
    attention.initialize(Rng.of(60));
    Levels levels = new Levels(new int[] {20, 10}, new int[] {30, 15});
    Variable tokens = Variable.constant(Tensor.zeros(1, 750, 256));
    Variable references = Variable.constant(Tensor.full(0.5f, 1, 750, 2, 2));
    Variable y = attention.forward(tokens, tokens, levels, references, null);
    assertThat(y.shape()).isEqualTo(tokens.shape());
  }

  @Test
  void initialValuesDependOnSeedAndPathAlone() {
    Mlp one = new Mlp(8, 8, 8, 3);
    Mlp two = new Mlp(8, 8, 8, 2);
    one.initialize(Rng.of(1));
    two.initialize(Rng.of(1));
    float[] first = one.namedParameters().get("layers.0.weight").data().toFloats();
    assertThat(two.namedParameters().get("layers.0.weight").data().toFloats()).isEqualTo(first);
    assertThat(one.namedParameters().get("layers.1.weight").data().toFloats()).isNotEqualTo(first);
    two.initialize(Rng.of(2));
    assertThat(two.namedParameters().get("layers.0.weight").data().toFloats()).isNotEqualTo(first);
  }

  @Test
  void parametersOutliveTheScopeTheyAreMadeIn() {
    Linear linear;
    try (Scope _ = Scope.open()) {
      linear = new Linear(64, 64);
      linear.initialize(Rng.of(1));
    }
    assertThat(linear.weight().data().storage().freed()).isFalse();
    assertThat(linear.parameterCount()).isEqualTo(64 * 64 + 64);
    linear.freeze(true);
    assertThat(linear.parameterCount()).isZero();
  }
}
