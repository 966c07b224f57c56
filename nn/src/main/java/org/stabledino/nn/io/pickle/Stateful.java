package org.stabledino.nn.io.pickle;

/** Something that a pickle makes first and fills afterwards. */
public interface Stateful {

  /**
   * Takes what Python's {@code __setstate__} would take.
   *
   * @param state a value, see {@link Unpickler#load}
   * @throws UnpicklingException if it does not fit
   */
  void setState(Object state);
}
