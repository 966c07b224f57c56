package org.stabledino.detection.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A small JSON document as a tree. */
public record RecordedJson(Object value) {
  private static final JsonFactory JSON = new JsonFactory();

  public static RecordedJson read(Path file) {
    try (InputStream in = Files.newInputStream(file);
        JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in)) {
      return of(parser);
    } catch (IOException e) {
      throw new AssertionError(file + " cannot be read", e);
    }
  }

  /** A document among the test resources. */
  public static RecordedJson resource(String name) {
    try (InputStream in = RecordedJson.class.getResourceAsStream(name);
        JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in)) {
      return of(parser);
    } catch (IOException e) {
      throw new AssertionError(name + " cannot be read", e);
    }
  }

  private static RecordedJson of(JsonParser parser) {
    parser.nextToken();
    return new RecordedJson(value(parser));
  }

  private static Object value(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
          parser.nextToken();
          map.put(name, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_STRING -> parser.getString();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> "null";
    };
  }

  public boolean has(String name) {
    return ((Map<?, ?>) value).containsKey(name);
  }

  public RecordedJson get(String name) {
    if (!has(name)) {
      throw new AssertionError("no property " + name + " in " + ((Map<?, ?>) value).keySet());
    }
    return new RecordedJson(((Map<?, ?>) value).get(name));
  }

  public List<RecordedJson> list() {
    return ((List<?>) value).stream().map(v -> new RecordedJson(v)).toList();
  }

  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    ((Map<?, ?>) value).forEach((k, v) -> numbers.put((String) k, ((Number) v).doubleValue()));
    return numbers;
  }

  public double[] doubles() {
    return list().stream().mapToDouble(RecordedJson::asDouble).toArray();
  }

  public int[] ints() {
    return list().stream().mapToInt(v -> Math.toIntExact(v.asLong())).toArray();
  }

  public long asLong() {
    return ((Number) value).longValue();
  }

  public double asDouble() {
    return ((Number) value).doubleValue();
  }

  public String asString() {
    return (String) value;
  }
}
