package org.stabledino.nn.io.pickle;

import java.util.ArrayList;
import java.util.List;

/** A Python list, or a set in the order of the file. */
public final class PyList implements PySequence {
  private final List<Object> elements = new ArrayList<>(0);

  PyList() {}

  void add(Object element) {
    elements.add(element);
  }

  @Override
  public int size() {
    return elements.size();
  }

  @Override
  public Object get(int index) {
    return elements.get(index);
  }
}
