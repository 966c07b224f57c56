package org.stabledino.nn.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * A parsed JSON value: {@code json.get("cases").get("case0").get("eps").number()}. What is absent
 * fails with the path that was asked for.
 */
public final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private final String path;
  private final Object value;

  private Json(String path, Object value) {
    this.path = path;
    this.value = value;
  }

  /** Parses a file. */
  public static Json read(Path file) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), file)) {
      parser.nextToken();
      return new Json(file.getFileName().toString(), value(parser));
    }
  }

  private static Object value(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String key = parser.currentName();
          parser.nextToken();
          object.put(key, value(parser));
        }
        yield object;
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
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> parser.getString();
    };
  }

  /** The plain value: a Map, List, Long, Double, String, Boolean or null. */
  public Object raw() {
    return value;
  }

  /** An entry of an object. */
  public Json get(String key) {
    Map<?, ?> object = as(Map.class);
    if (!object.containsKey(key)) {
      throw new AssertionError("%s has no '%s' but %s".formatted(path, key, object.keySet()));
    }
    return new Json(path + "." + key, object.get(key));
  }

  /** Whether an object has such an entry that is not null. */
  public boolean has(String key) {
    return as(Map.class).get(key) != null;
  }

  /** An element of a list. */
  public Json get(int index) {
    return new Json(path + "[" + index + "]", as(List.class).get(index));
  }

  /** The elements of a list. */
  public List<Json> list() {
    List<Json> result = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      result.add(get(i));
    }
    return result;
  }

  /** The length of a list. */
  public int size() {
    return as(List.class).size();
  }

  /** The keys of an object, in order. */
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (Object key : as(Map.class).keySet()) {
      keys.add((String) key);
    }
    return keys;
  }

  /** A number. */
  public double number() {
    return as(Number.class).doubleValue();
  }

  /** An integer. */
  public int integer() {
    return Math.toIntExact(as(Long.class));
  }

  /** A long integer. */
  public long longInteger() {
    return as(Long.class);
  }

  /** A truth value. */
  public boolean bool() {
    return as(Boolean.class);
  }

  /** A string. */
  public String text() {
    return as(String.class);
  }

  /** A list of integers. */
  public int[] integers() {
    return list().stream().mapToInt(Json::integer).toArray();
  }

  /** A list of numbers. */
  public double[] numbers() {
    return list().stream().mapToDouble(Json::number).toArray();
  }

  private <T> T as(Class<T> type) {
    if (!type.isInstance(value)) {
      throw new AssertionError(
          "%s is %s, no %s".formatted(path, value, type.getSimpleName().toLowerCase()));
    }
    return type.cast(value);
  }

  @Override
  public String toString() {
    return path + " = " + value;
  }
}
