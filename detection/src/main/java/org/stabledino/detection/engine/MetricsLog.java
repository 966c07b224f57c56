package org.stabledino.detection.engine;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.stabledino.detection.UserException;
import org.stabledino.detection.files.AtomicFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The numbers of a run over time: one JSON object a line in {@code metrics.jsonl}.
 *
 * <p>A resumed run drops the lines after its checkpoint, so that every step appears once.
 */
public final class MetricsLog implements AutoCloseable {
  private static final JsonFactory JSON = new JsonFactory();

  private final Path file;
  private final BufferedWriter writer;

  private MetricsLog(Path file, BufferedWriter writer) {
    this.file = file;
    this.writer = writer;
  }

  /**
   * Opens the log of a run for appending.
   *
   * @param file the log; made if absent
   * @param step lines of later steps are dropped
   * @return the log, to be closed
   */
  public static MetricsLog open(Path file, long step) {
    try {
      List<String> kept = new ArrayList<>();
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
          Double at = parse(line).get("step");
          if (at != null && at <= step) {
            kept.add(line);
          }
        }
      }
      AtomicFile.writeText(
          file, kept.stream().map(line -> line + "\n").collect(Collectors.joining()));
      return new MetricsLog(
          file, Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
  }

  /**
   * Appends a line; it is on disk when this returns.
   *
   * @param step the step the numbers belong to
   * @param numbers value by name; numbers that are not finite are left out
   */
  public void write(long step, Map<String, Double> numbers) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), line)) {
      json.writeStartObject();
      json.writeNumberProperty("step", step);
      numbers.forEach(
          (name, value) -> {
            if (Double.isFinite(value)) {
              json.writeNumberProperty(name, value);
            }
          });
      json.writeEndObject();
    }
    try {
      writer.write(line.toString());
      writer.newLine();
      writer.flush();
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
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
          .map(MetricsLog::parse)
          .toList();
    } catch (IOException failure) {
      throw new UserException("cannot read " + file + ": " + failure.getMessage(), failure);
    }
  }

  private static UserException unwritable(Path file, IOException failure) {
    return new UserException(
        "cannot write %s: %s; free some space or change its permissions"
            .formatted(file, failure.getMessage()),
        failure);
  }

  private static Map<String, Double> parse(String line) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), line)) {
      String name = null;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME) {
          name = json.currentName();
        } else if (token.isNumeric()) {
          numbers.put(name, json.getDoubleValue());
        }
      }
      return numbers;
    } catch (JacksonException cutShort) {
      return Map.of();
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
  }
}
