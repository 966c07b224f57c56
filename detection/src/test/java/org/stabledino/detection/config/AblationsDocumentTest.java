package org.stabledino.detection.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/ablations.md} against the presets. */
class AblationsDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "ablations.md");
  private static final Pattern COMMAND = Pattern.compile("train --config (\\S+?)[`\\s]");
  private static final Pattern ROW =
      Pattern.compile("\\| (.+?) \\| `train --config (\\S+)` \\| `(.+)` \\| (-|\\d\\d\\.\\d) \\|");

  /** A row of an ablation's table. */
  record Row(String preset, String sameAs) {}

  static Stream<Row> rows() throws IOException {
    return Files.readAllLines(DOCUMENT).stream()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .map(row -> new Row(row.group(2), row.group(3)));
  }

  @Test
  void everyCommandNamesAPreset() throws IOException {
    List<String> named =
        COMMAND.matcher(Files.readString(DOCUMENT)).results().map(m -> m.group(1)).toList();
    assertThat(named).hasSizeGreaterThan(30);
    assertThat(Preset.all().stream().map(Preset::title)).containsAll(named);
  }

  @Test
  void everyRowOfTheTablesIsListedInOrder() throws IOException {
    assertThat(rows().map(Row::preset))
        .containsExactlyElementsOf(
            Preset.all().stream()
                .map(Preset::title)
                .filter(title -> title.startsWith("table"))
                .toList());
  }

  /** What it is the same as has the same model, data, optimiser and length. */
  @ParameterizedTest
  @MethodSource("rows")
  void everyRowIsWhatItSays(Row row) {
    String[] words = row.sameAs().split(" ");
    Map<String, String> overrides = new LinkedHashMap<>();
    Arrays.stream(words)
        .skip(1)
        .map(word -> word.split("=", 2))
        .forEach(pair -> overrides.put(pair[0], pair[1]));
    RunConfig expected = Preset.of(words[0]).settings(80).with(overrides);
    RunConfig actual = Preset.of(row.preset()).settings(80);
    assertThat(unnamed(actual)).containsExactlyEntriesOf(unnamed(expected));
    assertThat(overrides.keySet()).allMatch(key -> changes(words[0], overrides, key));
  }

  private static Map<String, String> unnamed(RunConfig config) {
    Map<String, String> settings = config.flatten();
    settings.remove("preset");
    return settings;
  }

  /** Whether leaving a setting out would change the row: nothing is written that says nothing. */
  private static boolean changes(String base, Map<String, String> overrides, String key) {
    Map<String, String> others = new LinkedHashMap<>(overrides);
    others.remove(key);
    RunConfig preset = Preset.of(base).settings(80);
    return !preset.with(others).equals(preset.with(overrides));
  }
}
