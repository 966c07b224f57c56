package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Module;
import org.stabledino.nn.SamplingProbe;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/** One whole layer of encoder and decoder, with all gradients. */
@Tag("parity")
class TransformerLayersParityTest {
  private static final String RECORDING = "ops/transformer_layers";

  @ParameterizedTest
  @ValueSource(strings = {"encoder0", "encoder1"})
  void encoderLayer(String name) {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Levels levels = levels(fixture, name);
      DeformableEncoderLayer layer =
          new DeformableEncoderLayer(config(fixture, name), levels.count());
      load(fixture, name, layer);
      Variable query = fixture.leaf(name + ".in.query");
      Variable position = fixture.leaf(name + ".in.query_pos");
      Variable out =
          layer.forward(
              query,
              position,
              levels,
              fixture.constant(name + ".in.reference_points"),
              fixture.tensor(name + ".in.padding_mask"));
      Close.check(name, fixture.tensor(name + ".out"), out.data(), 1e-5, 1e-6);
      out.backward(fixture.tensor(name + ".gout"));
      checkGradients(fixture, name, layer, Map.of("query", query, "query_pos", position));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"decoder0", "decoder1"})
  void decoderLayer(String name) {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Levels levels = levels(fixture, name);
      DeformableDecoderLayer layer =
          new DeformableDecoderLayer(config(fixture, name), levels.count());
      load(fixture, name, layer);
      Variable query = fixture.leaf(name + ".in.query");
      Variable position = fixture.leaf(name + ".in.query_pos");
      Variable memory = fixture.leaf(name + ".in.memory");
      Variable out =
          layer.forward(
              query,
              position,
              fixture.tensor(name + ".in.attn_mask"),
              memory,
              levels,
              fixture.constant(name + ".in.reference_points"),
              fixture.tensor(name + ".in.padding_mask"),
              SamplingProbe.NONE);
      Close.check(name, fixture.tensor(name + ".out"), out.data(), 1e-5, 1e-6);
      out.backward(fixture.tensor(name + ".gout"));
      checkGradients(
          fixture, name, layer, Map.of("query", query, "query_pos", position, "memory", memory));
    }
  }

  private static TransformerConfig config(Fixture fixture, String name) {
    Json attrs = fixture.json().get("cases").get(name).get("attrs");
    return new TransformerConfig(
        attrs.get("embed_dim").integer(),
        attrs.get("h").integer(),
        0,
        1,
        attrs.get("p").integer(),
        1,
        1,
        attrs.get("ffn").integer(),
        1,
        Fusion.NONE);
  }

  private static Levels levels(Fixture fixture, String name) {
    int[] shapes = fixture.indices(name + ".in.spatial_shapes").ints();
    int[] heights = new int[shapes.length / 2];
    int[] widths = new int[heights.length];
    for (int level = 0; level < heights.length; level++) {
      heights[level] = shapes[2 * level];
      widths[level] = shapes[2 * level + 1];
    }
    return new Levels(heights, widths);
  }

  private static void load(Fixture fixture, String name, Module layer) {
    Map<String, Tensor> state = fixture.withPrefix(name + ".in.p.");
    TensorSource source = TensorSource.of(name, state);
    assertThat(StateDicts.load(layer, source, Strictness.STRICT).complete()).isTrue();
  }

  private static void checkGradients(
      Fixture fixture, String name, Module layer, Map<String, Variable> inputs) {
    inputs.forEach((input, variable) -> check(fixture, name + ".grad." + input, variable));
    layer
        .namedParameters()
        .forEach((path, parameter) -> check(fixture, name + ".grad.p." + path, parameter));
  }

  private static void check(Fixture fixture, String gradient, Variable variable) {
    Close.check(gradient, fixture.tensor(gradient), variable.grad(), 1e-5, 1e-6);
  }
}
