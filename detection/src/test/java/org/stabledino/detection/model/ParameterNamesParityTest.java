package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
        "stabledino_swin_tiny_224_4scale",
        "stabledino_swin_large_384_4scale",
        "stabledino_swin_large_384_5scale",
        "dino_r50_4scale",
        "dino_r50_5scale",
        "dino_swin_tiny_224",
        "dino_swin_large_384"
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
    StableDino model = new StableDino(OfficialModels.config(name));
    Map<String, String> ours =
        model.stateDict().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().shape().toString()));
    assertThat(ours).containsExactlyInAnyOrderEntriesOf(shapes);
    assertThat(model.parameterAliases()).containsExactlyInAnyOrderEntriesOf(aliases);
    assertThat(model.parameterCount()).isEqualTo(recorded.get("num_trainable").longInteger());
  }
}
