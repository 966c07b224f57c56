package org.stabledino.detection.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.stabledino.detection.UserException;

/**
 * Nested records as flat {@code key = value} pairs, and back.
 *
 * <p>The key of a component is its path, such as {@code train.batchSize}. Values are numbers,
 * booleans, strings, enum constants in lower case, or lists of these separated by commas. The
 * record's own constructor checks ranges: what it rejects becomes a message that names the key.
 */
public final class Settings {
  private Settings() {}

  /**
   * All values of a record.
   *
   * @param settings a record of values and further records
   * @return value by key, in the order of declaration
   */
  public static Map<String, String> flatten(Record settings) {
    Map<String, String> result = new LinkedHashMap<>();
    flatten("", settings, result);
    return result;
  }

  private static void flatten(String prefix, Record settings, Map<String, String> result) {
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      Object value = read(settings, component);
      if (value instanceof Record nested) {
        flatten(prefix + component.getName() + ".", nested, result);
      } else {
        result.put(prefix + component.getName(), format(value));
      }
    }
  }

  /**
   * A copy of a record with some values replaced.
   *
   * @param <R> the type of the record
   * @param settings the record
   * @param overrides new value by key
   * @return the copy
   * @throws UserException if a key is unknown or a value does not fit it
   */
  public static <R extends Record> R override(R settings, Map<String, String> overrides) {
    List<String> known = List.copyOf(flatten(settings).keySet());
    for (String key : overrides.keySet()) {
      if (!known.contains(key)) {
        throw new UserException(
            "unknown setting '%s': did you mean '%s'? (the written config.properties lists all)"
                .formatted(key, nearest(key, known)));
      }
    }
    return override("", settings, overrides);
  }

  private static <R extends Record> R override(
      String prefix, R settings, Map<String, String> overrides) {
    RecordComponent[] components = settings.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    List<String> changed = new ArrayList<>();
    for (int i = 0; i < components.length; i++) {
      String key = prefix + components[i].getName();
      Object value = read(settings, components[i]);
      if (value instanceof Record nested) {
        values[i] = override(key + ".", nested, overrides);
      } else if (overrides.containsKey(key)) {
        values[i] = parse(key, overrides.get(key), components[i]);
        changed.add(key + "=" + overrides.get(key));
      } else {
        values[i] = value;
      }
    }
    return construct(settings, components, values, prefix, changed);
  }

  @SuppressWarnings("unchecked") // the constructor of the record's own class makes an R
  private static <R extends Record> R construct(
      R settings,
      RecordComponent[] components,
      Object[] values,
      String prefix,
      List<String> changed) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = settings.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (R) constructor.newInstance(values);
    } catch (InvocationTargetException rejected) {
      String reason = String.valueOf(rejected.getCause().getMessage());
      throw new UserException(
          "setting %s is out of range: %s".formatted(blamed(prefix, changed, reason), reason),
          rejected.getCause());
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The changed settings that the reason names; all of them where it names none. */
  private static String blamed(String prefix, List<String> changed, String reason) {
    List<String> named =
        changed.stream()
            .filter(
                setting ->
                    reason.contains(setting.substring(prefix.length(), setting.indexOf('='))))
            .toList();
    if (changed.isEmpty()) {
      return prefix;
    }
    return String.join(", ", named.isEmpty() ? changed : named);
  }

  private static Object read(Record settings, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(settings);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String format(Object value) {
    return switch (value) {
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
      case List<?> list -> list.stream().map(Settings::format).collect(Collectors.joining(","));
      default -> value.toString();
    };
  }

  private static Object parse(String key, String text, RecordComponent component) {
    String trimmed = text.strip();
    if (component.getType() == List.class) {
      Class<?> element =
          (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
      return trimmed.isEmpty()
          ? List.of()
          : Arrays.stream(trimmed.split(","))
              .<Object>map(part -> parse(key, part.strip(), element))
              .toList();
    }
    return parse(key, trimmed, component.getType());
  }

  private static Object parse(String key, String text, Class<?> type) {
    try {
      if (type == String.class) {
        return text;
      } else if (type == int.class || type == Integer.class) {
        return Integer.valueOf(text);
      } else if (type == long.class || type == Long.class) {
        return Long.valueOf(text);
      } else if (type == float.class || type == Float.class) {
        return (float) finite(Float.parseFloat(text));
      } else if (type == double.class || type == Double.class) {
        return finite(Double.parseDouble(text));
      } else if (type == boolean.class) {
        return parseBoolean(text);
      }
      return parseEnum(text, type);
    } catch (IllegalArgumentException wrong) {
      throw new UserException(
          "setting %s: '%s' is not %s".formatted(key, text, describe(type)), wrong);
    }
  }

  private static double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("not finite");
    }
    return value;
  }

  private static boolean parseBoolean(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  private static Object parseEnum(String text, Class<?> type) {
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("no such constant");
  }

  private static String describe(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(Settings::format)
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    return switch (type.getSimpleName()) {
      case "int", "Integer", "long", "Long" -> "a whole number";
      case "boolean" -> "true or false";
      default -> "a number";
    };
  }

  /** The known key that takes the fewest edits to reach; the last part of a path weighs most. */
  static String nearest(String key, List<String> known) {
    return known.stream()
        .min(
            Comparator.comparingInt((String candidate) -> edits(last(key), last(candidate)))
                .thenComparingInt(candidate -> edits(key, candidate)))
        .orElse("");
  }

  private static String last(String key) {
    return key.substring(key.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /** Levenshtein's distance. */
  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
