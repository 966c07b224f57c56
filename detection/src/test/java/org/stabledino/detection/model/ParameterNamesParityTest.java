package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.nn.backbone.SwinConfig;
import org.stabledino.nn.backbone.SwinConfig.Size;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;

/** Names, shapes and aliases of all parameters and buffers of the official models. */
@Tag("parity")
class ParameterNamesParityTest {
  private static final Pattern THIRD_STAGE =
      Pattern.compile("^backbone\\.layers\\.2\\.blocks\\.(\\d+)");

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
    assertThat(shapes(model)).containsExactlyInAnyOrderEntriesOf(shapes);
    assertThat(model.parameterAliases()).containsExactlyInAnyOrderEntriesOf(aliases);
    assertThat(model.parameterCount()).isEqualTo(recorded.get("num_trainable").longInteger());
  }

  /**
   * All four sizes of Swin. Those that were not recorded follow from the largest: the channels
   * shrink in proportion, the tables with the windows, and Swin-T has fewer blocks.
   */
  @ParameterizedTest
  @ValueSource(strings = {"swin-t", "swin-s", "swin-b", "swin-l"})
  void everySizeOfSwin(String size) {
    StableDinoConfig config = OfficialModels.preset("stable-dino-" + size + "-4scale");
    SwinConfig swin = ((BackboneConfig.ShiftedWindows) config.backbone()).config();
    Map<String, String> shapes = new LinkedHashMap<>();
    long trained = 0;
    for (Json entry :
        Fixtures.json("names/stabledino_swin_large_384_4scale").get("entries").list()) {
      String path = entry.get("name").text();
      Matcher block = THIRD_STAGE.matcher(path);
      if (entry.has("alias_of")
          || block.find() && Integer.parseInt(block.group(1)) >= swin.depths().get(2)) {
        continue;
      }
      int[] shape = entry.get("shape").integers();
      if (path.startsWith("backbone.") || path.startsWith("neck.")) {
        shape = shrunk(path, shape, swin);
      }
      shapes.put(path, Arrays.toString(shape));
      if (entry.get("kind").text().equals("param")) {
        trained += Arrays.stream(shape).asLongStream().reduce(1, (a, b) -> a * b);
      }
    }
    StableDino model = new StableDino(config);
    assertThat(shapes(model)).containsExactlyInAnyOrderEntriesOf(shapes);
    assertThat(model.parameterCount()).isEqualTo(trained);
  }

  /** A shape of Swin-L in a smaller one. */
  private static int[] shrunk(String path, int[] shape, SwinConfig to) {
    SwinConfig from = SwinConfig.of(Size.LARGE);
    int window = to.window();
    if (path.endsWith("relative_position_index")) {
      return new int[] {window * window, window * window};
    }
    if (path.endsWith("relative_position_bias_table")) {
      int offsets = 2 * window - 1;
      int heads = shape[1] * to.heads().getFirst() / from.heads().getFirst();
      return new int[] {offsets * offsets, heads};
    }
    return Arrays.stream(shape)
        .map(extent -> extent % from.embed() == 0 ? extent / from.embed() * to.embed() : extent)
        .toArray();
  }

  private static Map<String, String> shapes(StableDino model) {
    return model.stateDict().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().shape().toString()));
  }
}
