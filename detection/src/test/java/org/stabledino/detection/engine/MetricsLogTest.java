package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
  @TempDir Path folder;

  @Test
  void aResumedRunDropsLaterAndBrokenLines() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    MetricsLog log = MetricsLog.open(file, 0);
    log.write(10, Map.of("loss", 3.5));
    log.write(20, Map.of("loss", 2.5));
    Files.writeString(file, "{\"step\":15,\"lo", StandardOpenOption.APPEND);
    MetricsLog resumed = MetricsLog.open(file, 10);
    resumed.write(20, Map.of("loss", 2.25));
    assertThat(MetricsLog.read(file))
        .containsExactly(Map.of("step", 10.0, "loss", 3.5), Map.of("step", 20.0, "loss", 2.25));
  }

  @Test
  void numbersThatJsonCannotHoldAreLeftOut() {
    Path file = folder.resolve("metrics.jsonl");
    MetricsLog log = MetricsLog.open(file, 0);
    log.write(1, Map.of("loss", Double.NaN));
    assertThat(MetricsLog.read(file)).containsExactly(Map.of("step", 1.0));
  }
}
