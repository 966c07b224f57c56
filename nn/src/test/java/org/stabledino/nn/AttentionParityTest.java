package org.stabledino.nn;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** The two attention layers: values and all gradients. */
class AttentionParityTest {
  private static final double RELATIVE = 1e-5;
  private static final double ABSOLUTE = 1e-6;

  @Test
  @Tag("parity")
  void multiheadAttention() {
    try (Fixture fixture = Fixtures.open("ops/multihead_attention")) {
      for (String name : fixture.caseNames()) {
        Json attrs = fixture.json().get("cases").get(name).get("attrs");
        MultiheadAttention layer =
            new MultiheadAttention(
                attrs.get("embed_dim").integer(), attrs.get("num_heads").integer());
        load(layer, fixture.withPrefix(name + ".in.p.attn."));
        Variable query = fixture.leaf(name + ".in.query");
        Variable position = fixture.leaf(name + ".in.query_pos");
        Mask mask =
            fixture.has(name + ".in.attn_mask")
                ? new Mask(fixture.tensor(name + ".in.attn_mask"), null, null)
                : Mask.NONE;
        Variable both = Ops.add(query, position);
        Variable out = Ops.add(query, layer.forward(both, both, query, mask));
        checkAll(
            fixture, name, out, layer, "p.attn.", Map.of("query", query, "query_pos", position));
      }
    }
  }

  @Test
  @Tag("parity")
  void separateQueriesAndKeysGiveTheSame() {
    try (Fixture fixture = Fixtures.open("ops/multihead_attention")) {
      String name = fixture.caseNames().getFirst();
      MultiheadAttention layer = new MultiheadAttention(32, 8);
      load(layer, fixture.withPrefix(name + ".in.p.attn."));
      Variable query = fixture.leaf(name + ".in.query");
      Variable position = fixture.leaf(name + ".in.query_pos");
      Mask mask = new Mask(fixture.tensor(name + ".in.attn_mask"), null, null);
      Variable attended =
          layer.forward(Ops.add(query, position), Ops.add(query, position), query, mask);
      checkAll(
          fixture,
          name,
          Ops.add(query, attended),
          layer,
          "p.attn.",
          Map.of("query", query, "query_pos", position));
    }
  }

  @Test
  @Tag("parity")
  void multiScaleDeformableAttention() {
    try (Fixture fixture = Fixtures.open("ops/ms_deform_attn_module")) {
      for (String name : fixture.caseNames()) {
        Json attrs = fixture.json().get("cases").get(name).get("attrs");
        int[] heights = attrs.get("ss").list().stream().mapToInt(s -> s.get(0).integer()).toArray();
        int[] widths = attrs.get("ss").list().stream().mapToInt(s -> s.get(1).integer()).toArray();
        MultiScaleDeformableAttention layer =
            new MultiScaleDeformableAttention(
                attrs.get("embed_dim").integer(),
                attrs.get("h").integer(),
                heights.length,
                attrs.get("p").integer());
        load(layer, fixture.withPrefix(name + ".in.p."));
        Variable query = fixture.leaf(name + ".in.query");
        Variable value = fixture.leaf(name + ".in.value");
        Variable position = fixture.leaf(name + ".in.query_pos");
        Variable references = fixture.leaf(name + ".in.reference_points");
        Variable attended =
            layer.forward(
                Ops.add(query, position),
                value,
                new Levels(heights, widths),
                references,
                fixture.tensor(name + ".in.key_padding_mask"));
        checkAll(
            fixture,
            name,
            Ops.add(query, attended),
            layer,
            "p.",
            Map.of(
                "query", query,
                "value", value,
                "query_pos", position,
                "reference_points", references));
      }
    }
  }

  private static void load(Module layer, Map<String, Tensor> state) {
    StateDicts.load(layer, TensorSource.of("fixture", state), StateDicts.Strictness.STRICT);
  }

  private static void checkAll(
      Fixture fixture,
      String name,
      Variable out,
      Module layer,
      String prefix,
      Map<String, Variable> inputs) {
    Close.check(name, fixture.tensor(name + ".out"), out.data(), RELATIVE, ABSOLUTE);
    out.backward(fixture.tensor(name + ".gout"));
    inputs.forEach((input, leaf) -> checkGrad(fixture, name + ".grad." + input, leaf));
    layer
        .namedParameters()
        .forEach((path, leaf) -> checkGrad(fixture, name + ".grad." + prefix + path, leaf));
  }

  private static void checkGrad(Fixture fixture, String name, Variable leaf) {
    Close.check(name, fixture.tensor(name), leaf.grad(), RELATIVE, ABSOLUTE);
  }

  @Test
  void wrongLevelsAreNamed() {
    MultiScaleDeformableAttention layer = new MultiScaleDeformableAttention(32, 4, 2, 4);
    Variable tokens = Variable.constant(Tensor.zeros(1, 10, 32));
    Variable references = Variable.constant(Tensor.zeros(1, 10, 2, 2));
    assertThatThrownBy(
            () ->
                layer.forward(
                    tokens, tokens, new Levels(new int[] {2}, new int[] {5}), references, null))
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageContaining("2 levels but is 1 levels");
    assertThatThrownBy(
            () ->
                layer.forward(
                    tokens,
                    tokens,
                    new Levels(new int[] {2, 1}, new int[] {5, 3}),
                    references,
                    null))
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageContaining("value must be [1, 13, 32]");
  }
}
