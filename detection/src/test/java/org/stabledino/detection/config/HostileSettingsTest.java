package org.stabledino.detection.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import org.stabledino.detection.engine.RunFolder;

/** Thousands of wrong settings, the same ones every time: each fits or is refused in one line. */
class HostileSettingsTest {
  private static final List<String> VALUES =
      List.of(
          "",
          " ",
          "0",
          "-1",
          "1",
          "2",
          "3",
          "0.5",
          "-0.0",
          "1e-300",
          "1e300",
          "NaN",
          "Infinity",
          "2147483647",
          "2147483648",
          "-2147483648",
          "9223372036854775807",
          "1e18",
          "0x1p3",
          "1f",
          "true",
          "TRUE",
          "maybe",
          "null",
          "none",
          "pair",
          "\u0663",
          "\u00a05",
          "a\nb",
          ",",
          ",,",
          "1,2",
          "1,,2",
          "480,512",
          "-5,3",
          "x".repeat(2000),
          "7".repeat(500),
          "${x}",
          "%s%n",
          "../..",
          "\0",
          "\ud800");

  @TempDir Path folder;

  private static boolean survives(Object what, Runnable action) {
    try {
      action.run();
      return true;
    } catch (UserException expected) {
      assertThat(expected.getMessage()).as("%s", what).isNotBlank().doesNotContain("\tat ");
      return false;
    } catch (Throwable escaped) {
      return fail("%s ended in %s".formatted(what, escaped), escaped);
    }
  }

  /** One or two settings replaced: what is accepted can be written down and read again. */
  @Test
  void settings() {
    int accepted = 0;
    Random random = new Random(5);
    List<Preset> presets = Preset.all();
    for (int i = 0; i < 1200; i++) {
      Preset preset = presets.get(random.nextInt(presets.size()));
      RunConfig config = preset.settings(3);
      List<String> keys = List.copyOf(config.flatten().keySet());
      Map<String, String> overrides = new LinkedHashMap<>();
      for (int n = random.nextInt(2); n >= 0; n--) {
        overrides.put(
            keys.get(random.nextInt(keys.size())), VALUES.get(random.nextInt(VALUES.size())));
      }
      boolean done =
          survives(
              preset.title() + " with " + overrides,
              () -> {
                RunConfig changed = config.with(overrides);
                assertThat(RunConfig.restore(changed.flatten(), 3)).isEqualTo(changed);
              });
      accepted += done ? 1 : 0;
    }
    assertThat(accepted).isGreaterThan(100);
  }

  @Test
  void files() throws Exception {
    RunConfig config = Preset.SMALL.settings(3);
    String text =
        config.flatten().entrySet().stream()
            .map(entry -> entry.getKey() + " = " + entry.getValue() + "\n")
            .collect(Collectors.joining());
    Path file = folder.resolve("config.properties");
    Random random = new Random(6);
    int accepted = 0;
    for (int i = 0; i < 500; i++) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      for (int n = random.nextInt(4); n >= 0; n--) {
        int at = random.nextInt(bytes.length);
        bytes[at] =
            random.nextInt(3) == 0
                ? (byte) random.nextInt(256)
                : (byte) "\\=:#\n u0.,-".charAt(random.nextInt(11));
      }
      Files.write(file, bytes);
      boolean done = survives("file " + i, () -> RunConfig.restore(RunFolder.readConfig(file), 3));
      accepted += done ? 1 : 0;
    }
    assertThat(accepted).isPositive();
  }
}
