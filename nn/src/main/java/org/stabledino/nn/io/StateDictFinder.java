package org.stabledino.nn.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.stabledino.nn.io.pickle.PyDict;
import org.stabledino.nn.io.pickle.UnpicklingException;

/**
 * Finds the dictionary of tensors in what a training script saved: the value itself, or an entry
 * beside others such as the optimiser's state.
 */
final class StateDictFinder {
  /** Under which keys scripts keep weights, the most usual first. */
  private static final List<String> USUAL =
      List.of(
          "model",
          "state_dict",
          "model_state_dict",
          "module",
          "net",
          "blobs",
          "model_ema",
          "ema_state",
          "ema");

  private static final int MAX_DEPTH = 8;

  /** More than any network has; dictionaries that share each other multiply without end. */
  private static final int MAX_ENTRIES = 500_000;

  /** Views may share storages, as aliases do, but a small file must not claim gigabytes. */
  private static final long MAX_GROWTH = 16;

  private static final long ALWAYS_ALLOWED = 16 << 20;

  private final Path path;
  private final Function<Object, StridedTensor> tensorOf;
  private final Map<String, StridedTensor> tensors = new LinkedHashMap<>();
  private int entries;
  private final Set<Object> above = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * A finder.
   *
   * @param path names the file in messages
   * @param tensorOf gives the tensor a value stands for, or null
   */
  StateDictFinder(Path path, Function<Object, StridedTensor> tensorOf) {
    this.path = path;
    this.tensorOf = tensorOf;
  }

  /**
   * A dictionary that was found.
   *
   * @param section its key; empty if it is the whole value
   * @param tensors by name, names of nested dictionaries joined by dots
   */
  record Found(String section, Map<String, StridedTensor> tensors) {}

  /**
   * Finds the dictionary.
   *
   * @param value what the file holds
   * @param section the key asked for; empty for the usual one
   */
  Found find(Object value, String section) {
    if (!(value instanceof PyDict root)) {
      throw new CheckpointException(path + ": holds no dictionary of tensors");
    }
    Map<Object, Object> entries = root.entries();
    if (!section.isEmpty()) {
      if (!(entries.get(section) instanceof PyDict chosen)) {
        throw new CheckpointException(
            "%s: has no section '%s'; its sections are %s"
                .formatted(path, section, sections(entries)));
      }
      return found(section, chosen);
    }
    if (entries.values().stream().anyMatch(this::isTensor)) {
      return found("", root);
    }
    for (String usual : USUAL) {
      if (entries.get(usual) instanceof PyDict chosen) {
        return found(usual, chosen);
      }
    }
    throw new CheckpointException(
        "%s: holds no tensors under its first level nor under one of %s; its sections are %s"
            .formatted(path, String.join(", ", USUAL), sections(entries)));
  }

  private boolean isTensor(Object value) {
    return value instanceof TorchGlobals.View || value instanceof NumpyGlobals.Array;
  }

  private static String sections(Map<Object, Object> entries) {
    List<String> keys = new ArrayList<>();
    entries.forEach(
        (key, value) -> {
          if (key instanceof String text && value instanceof PyDict && keys.size() < 10) {
            keys.add(text);
          }
        });
    return keys.isEmpty() ? "none" : String.join(", ", keys);
  }

  private Found found(String section, PyDict dictionary) {
    collect("", dictionary, 0);
    if (tensors.isEmpty()) {
      throw new CheckpointException(
          "%s: holds no tensors%s"
              .formatted(path, section.isEmpty() ? "" : " under '" + section + "'"));
    }
    checkSize();
    return new Found(section, tensors);
  }

  private void collect(String prefix, PyDict dictionary, int depth) {
    if (depth > MAX_DEPTH || !above.add(dictionary)) {
      throw new CheckpointException(
          "%s: dictionaries lie in each other more than %d deep or in a loop; refused"
              .formatted(path, MAX_DEPTH));
    }
    dictionary
        .entries()
        .forEach(
            (key, value) -> {
              if (++entries > MAX_ENTRIES) {
                throw new CheckpointException(
                    "%s: its dictionaries have more than %d entries; refused"
                        .formatted(path, MAX_ENTRIES));
              }
              String name = prefix + key;
              if (value instanceof PyDict inner && named(key)) {
                collect(name + ".", inner, depth + 1);
              } else if (isTensor(value) && named(key)) {
                tensors.put(name, tensor(name, value));
              }
            });
    above.remove(dictionary);
  }

  private static boolean named(Object key) {
    return key instanceof String || key instanceof Long;
  }

  private StridedTensor tensor(String name, Object value) {
    try {
      return tensorOf.apply(value);
    } catch (UnpicklingException e) {
      throw new CheckpointException("%s: tensor '%s' %s".formatted(path, name, e.getMessage()), e);
    }
  }

  private void checkSize() {
    long bytes = tensors.values().stream().mapToLong(StridedTensor::bytes).sum();
    long file = path.toFile().length();
    if (bytes > MAX_GROWTH * file + ALWAYS_ALLOWED) {
      throw new CheckpointException(
          "%s: its tensors would take %,d bytes, far more than the file's %,d; refused"
              .formatted(path, bytes, file));
    }
  }
}
