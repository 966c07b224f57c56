package org.stabledino.nn.io.pickle;

import java.util.List;

/** A Python tuple; as the arguments of a call it says which of them does not fit. */
public final class PyTuple implements PySequence {
  static final PyTuple EMPTY = new PyTuple(List.of());

  private final Object[] elements;

  PyTuple(List<Object> elements) {
    this.elements = elements.toArray();
  }

  @Override
  public int size() {
    return elements.length;
  }

  @Override
  public Object get(int index) {
    return elements[index];
  }

  /**
   * Checks how many elements there are.
   *
   * @param least lowest number
   * @param most highest number
   * @throws UnpicklingException if there are fewer or more
   */
  public void requireSize(int least, int most) {
    if (elements.length < least || elements.length > most) {
      throw new UnpicklingException(
          "has %d arguments instead of %d to %d".formatted(elements.length, least, most));
    }
  }

  /**
   * An element of a type.
   *
   * @param <T> the type
   * @param index from 0
   * @param type the type
   * @param what names it in messages
   * @return the element
   * @throws UnpicklingException if there is none or it is of another type
   */
  public <T> T get(int index, Class<T> type, String what) {
    if (index >= elements.length || !type.isInstance(elements[index])) {
      throw new UnpicklingException(
          "argument %d is %s instead of %s"
              .formatted(
                  index, index < elements.length ? describe(elements[index]) : "missing", what));
    }
    return type.cast(elements[index]);
  }

  /**
   * An integer.
   *
   * @param index from 0
   * @return its value
   * @throws UnpicklingException if there is none
   */
  public long integer(int index) {
    return get(index, Long.class, "an integer");
  }

  /**
   * A tuple or list of integers that are at least 0.
   *
   * @param index from 0
   * @param maxSize how many there may be
   * @return their values
   * @throws UnpicklingException if there is none, or it holds more or something else
   */
  public long[] naturals(int index, int maxSize) {
    PySequence sequence = get(index, PySequence.class, "a tuple of integers");
    if (sequence.size() > maxSize) {
      throw new UnpicklingException(
          "argument %d has %d elements; at most %d are read"
              .formatted(index, sequence.size(), maxSize));
    }
    long[] values = new long[sequence.size()];
    for (int i = 0; i < values.length; i++) {
      if (!(sequence.get(i) instanceof Long value) || value < 0) {
        throw new UnpicklingException(
            "argument %d holds %s instead of an integer of at least 0"
                .formatted(index, describe(sequence.get(i))));
      }
      values[i] = value;
    }
    return values;
  }

  /**
   * A value in words.
   *
   * @param value any value of a pickle
   * @return such as {@code the integer -1} or {@code a dictionary}
   */
  public static String describe(Object value) {
    return switch (value) {
      case null -> "None";
      case Number number -> "the number " + number;
      case Boolean bool -> bool ? "True" : "False";
      case String text -> "'" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "'";
      case Global global -> "'" + global.name() + "'";
      case PyDict _ -> "a dictionary";
      case PySequence sequence -> "a sequence of " + sequence.size();
      case PyBytes _ -> "bytes";
      default -> "an object";
    };
  }
}
