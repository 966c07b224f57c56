package org.stabledino.detection.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;

/** The {@code key=value} arguments of a command. */
final class Overrides {
  private Overrides() {}

  /**
   * Parses arguments.
   *
   * @param arguments each {@code key=value}
   * @return value by key
   */
  static Map<String, String> parse(List<String> arguments) {
    Map<String, String> overrides = new LinkedHashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals <= 0) {
        throw new UserException(
            "'%s' is not of the form key=value, such as train.steps=8000".formatted(argument));
      }
      overrides.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return overrides;
  }

  /**
   * Parses the arguments of a command that does not train.
   *
   * @param arguments each {@code key=value}
   * @return value by key
   */
  static Map<String, String> parseForInference(List<String> arguments) {
    Map<String, String> overrides = parse(arguments);
    for (String key : overrides.keySet()) {
      if (key.startsWith("train.") || key.startsWith("optimizer.")) {
        throw new UserException(
            "setting %s has an effect in training only; leave it out".formatted(key));
      }
    }
    return overrides;
  }
}
