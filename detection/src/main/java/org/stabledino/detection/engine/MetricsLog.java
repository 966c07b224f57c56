package org.stabledino.detection.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;

/**
 * The numbers of a run over time: one JSON object a line in {@code metrics.jsonl}.
 *
 * <p>A resumed run drops the lines after its checkpoint, so that every step appears once.
 */
public final class MetricsLog {
  private final Path file;

  private MetricsLog(Path file) {
    this.file = file;
  }

  /**
   * Opens the log of a run for appending.
   *
   * @param file the log; made if absent
   * @param step lines of later steps are dropped
   * @return the log
   */
  public static MetricsLog open(Path file, long step) {
    JsonLines.dropAfter(file, step);
    return new MetricsLog(file);
  }

  /**
   * Appends a line; it is on disk when this returns.
   *
   * @param step the step the numbers belong to
   * @param numbers value by name; numbers that are not finite are left out
   */
  public void write(long step, Map<String, Double> numbers) {
    JsonLines.append(
        file,
        json -> {
          json.writeNumberProperty("step", step);
          numbers.forEach(
              (name, value) -> {
                if (Double.isFinite(value)) {
                  json.writeNumberProperty(name, value);
                }
              });
        });
  }

  /**
   * All lines of a log.
   *
   * @param file the log
   * @return numbers by name, line by line; {@code step} is one of them. Lines cut short by a crash
   *     are empty
   */
  public static List<Map<String, Double>> read(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
          .map(JsonLines::numbers)
          .toList();
    } catch (IOException failure) {
      throw new UserException("cannot read " + file + ": " + failure.getMessage(), failure);
    }
  }
}
