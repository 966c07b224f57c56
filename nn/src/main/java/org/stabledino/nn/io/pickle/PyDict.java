package org.stabledino.nn.io.pickle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A Python dictionary in the order of the file. Strings and numbers are keys by value, all others
 * by identity.
 */
public final class PyDict implements Stateful {
  /** Made with the first entry: a hostile file may hold millions of empty dictionaries. */
  private Map<Object, Object> entries;

  PyDict() {}

  void put(Object key, Object value) {
    if (entries == null) {
      entries = new LinkedHashMap<>();
    }
    entries.put(key, value);
  }

  /**
   * The entries.
   *
   * @return value by key, read-only
   */
  public Map<Object, Object> entries() {
    return entries == null ? Map.of() : Collections.unmodifiableMap(entries);
  }

  /** Attributes of a dictionary, such as a state dictionary's {@code _metadata}, say nothing. */
  @Override
  public void setState(Object state) {}
}
