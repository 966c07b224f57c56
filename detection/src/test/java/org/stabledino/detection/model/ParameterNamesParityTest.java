package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.nn.backbone.SwinConfig;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;

/** Names, shapes and aliases of all parameters and buffers of the official models. */
@Tag("parity")
class ParameterNamesParityTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stabledino_r50_4scale",
        "stabledino_r50_5scale",
        "dino_r50_4scale",
        "stabledino_swin_tiny_224_4scale",
        "dino_swin_tiny_224"
      })
  void stateDict(String name) {
    Json recorded = Fixtures.json("names/" + name);
    Map<String, String> shapes = new LinkedHashMap<>();
    Map<String, String> aliases = new LinkedHashMap<>();
    for (Json entry : recorded.get("entries").list()) {
      String path = entry.get("name").text();
      if (entry.has("alias_of")) {
        aliases.put(path, entry.get("alias_of").text());
      } else {
        shapes.put(path, Arrays.toString(entry.get("shape").integers()));
      }
    }
    StableDino model = new StableDino(config(name));
    Map<String, String> ours =
        model.stateDict().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().shape().toString()));
    assertThat(ours).containsExactlyInAnyOrderEntriesOf(shapes);
    assertThat(model.parameterAliases()).containsExactlyInAnyOrderEntriesOf(aliases);
    assertThat(model.parameterCount()).isEqualTo(recorded.get("num_trainable").longInteger());
  }

  private static StableDinoConfig config(String name) {
    return switch (name) {
      case "stabledino_r50_4scale" -> StableDinoConfig.stableDinoR50(80);
      case "stabledino_r50_5scale" -> StableDinoConfig.stableDinoR50FiveScale(80);
      case "dino_r50_4scale" -> StableDinoConfig.dinoR50(80);
      case "stabledino_swin_tiny_224_4scale" ->
          StableDinoConfig.stableDinoR50(80)
              .withBackbone(BackboneConfig.swin(SwinConfig.Size.TINY));
      case "dino_swin_tiny_224" ->
          StableDinoConfig.dinoR50(80).withBackbone(BackboneConfig.swin(SwinConfig.Size.TINY));
      default -> throw new AssertionError(name);
    };
  }
}
