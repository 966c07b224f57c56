package org.stabledino.nn.io.pickle;

/** A list, tuple or set. Equality is identity, so that hostile nesting is never walked. */
public sealed interface PySequence permits PyList, PyTuple {

  /**
   * How many elements there are.
   *
   * @return at least 0
   */
  int size();

  /**
   * An element.
   *
   * @param index from 0
   * @return a value, see {@link Unpickler#load}
   */
  Object get(int index);
}
