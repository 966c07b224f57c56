package org.stabledino.detection.engine;

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
import java.util.function.Consumer;
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

/** Files of one JSON object a line, each about a step. */
final class JsonLines {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonLines() {}

  /**
   * Appends a line and hands it to the system, so that it outlives this process.
   *
   * @param file made if absent
   * @param properties writes what stands in the object
   */
  static void append(Path file, Consumer<JsonGenerator> properties) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), line)) {
      json.writeStartObject();
      properties.accept(json);
      json.writeEndObject();
    }
    line.append('\n');
    try {
      Files.writeString(
          file,
          line.toString(),
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
  }

  /**
   * Drops the lines of steps after a checkpoint, so that a resumed run has every step once. Lines
   * cut short by a crash go too.
   *
   * @param file nothing happens if it is absent
   * @param step the checkpoint's
   */
  static void dropAfter(Path file, long step) {
    if (!Files.exists(file)) {
      return;
    }
    List<String> kept = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        Double at = numbers(line).get("step");
        if (at != null && at <= step) {
          kept.add(line);
        }
      }
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
    AtomicFile.writeText(
        file, kept.stream().map(line -> line + "\n").collect(Collectors.joining()));
  }

  /**
   * The numbers of a line.
   *
   * @param line one JSON object
   * @return those that stand directly in the object, by name; none if the line was cut short
   */
  static Map<String, Double> numbers(String line) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), line)) {
      String name = null;
      int depth = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token == JsonToken.PROPERTY_NAME) {
          name = json.currentName();
        } else if (token.isNumeric() && depth == 1) {
          numbers.put(name, json.getDoubleValue());
        }
      }
      return numbers;
    } catch (JacksonException cutShort) {
      return Map.of();
    }
  }

  private static UserException unwritable(Path file, IOException failure) {
    return new UserException(
        "cannot write %s: %s; free some space or change its permissions"
            .formatted(file, failure.getMessage()),
        failure);
  }
}
