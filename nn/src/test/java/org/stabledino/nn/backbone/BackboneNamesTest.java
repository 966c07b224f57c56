package org.stabledino.nn.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Shape;

/** Paths, shapes, kinds and freezing equal the official models'. */
@Tag("parity")
class BackboneNamesTest {

  static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of("stabledino_r50_4scale", new ResNet(ResNetConfig.ofDepth(50))),
        Arguments.of(
            "stabledino_r50_5scale", new ResNet(ResNetConfig.ofDepth(50).withFirstOutput(2))),
        Arguments.of(
            "stabledino_swin_tiny_224_4scale", new Swin(SwinConfig.of(SwinConfig.Size.TINY))),
        Arguments.of(
            "stabledino_swin_large_384_5scale",
            new Swin(SwinConfig.of(SwinConfig.Size.LARGE).withFirstOutput(0))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void pathsAndShapes(String model, Module backbone) {
    Map<String, Shape> expected = new LinkedHashMap<>();
    Map<String, Boolean> frozen = new LinkedHashMap<>();
    for (Json entry : Fixtures.json("names/" + model).get("entries").list()) {
      String name = entry.get("name").text();
      if (name.startsWith("backbone.")) {
        String path = name.substring("backbone.".length());
        expected.put(path, Shape.of(entry.get("shape").integers()));
        if (entry.get("kind").text().equals("param")) {
          frozen.put(path, entry.has("frozen") && entry.get("frozen").bool());
        }
      }
    }
    Map<String, Shape> actual = new LinkedHashMap<>();
    backbone.stateDict().forEach((path, tensor) -> actual.put(path, tensor.shape()));
    assertThat(actual).containsExactlyInAnyOrderEntriesOf(expected);
    Map<String, Boolean> actuallyFrozen = new LinkedHashMap<>();
    backbone.namedParameters().forEach((path, p) -> actuallyFrozen.put(path, p.frozen()));
    assertThat(actuallyFrozen).containsExactlyEntriesOf(frozen);
  }

  @Test
  void depthsAndFreezing() {
    ResNet deep = new ResNet(ResNetConfig.ofDepth(101).withFrozenStages(2));
    assertThat(deep.namedParameters())
        .hasSize(104)
        .containsKey("res4.22.conv3.weight")
        .allSatisfy(
            (path, parameter) ->
                assertThat(parameter.frozen())
                    .as(path)
                    .isEqualTo(path.startsWith("stem") || path.startsWith("res2")));
    ResNet basic = new ResNet(ResNetConfig.ofDepth(34));
    assertThat(basic.channels()).containsExactly(128, 256, 512);
    assertThat(basic.strides()).containsExactly(8, 16, 32);
    assertThat(basic.namedParameters()).hasSize(36).doesNotContainKey("res2.0.shortcut.weight");
    ResNet small = new ResNet(ResNetConfig.small());
    assertThat(small.channels()).containsExactly(32, 64, 128);
    assertThat(small.namedParameters().values()).noneMatch(Parameter::frozen);
  }
}
