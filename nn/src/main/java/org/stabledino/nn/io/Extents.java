package org.stabledino.nn.io;

import java.util.Optional;
import org.stabledino.tensor.Shape;

/** Shapes as files state them, which may be anything. */
final class Extents {
  /** More dimensions than any tensor of the field has; keeps hostile files small. */
  static final int MAX_RANK = 16;

  private static final long MAX_ELEMENTS = Integer.MAX_VALUE - 16;

  private Extents() {}

  /**
   * The shape of these extents.
   *
   * @param dims each at least 0, at most {@link #MAX_RANK}
   * @return none if those that are not 0 multiply to more elements than a tensor holds
   */
  static Optional<Shape> shape(long... dims) {
    long count = 1;
    int[] narrow = new int[dims.length];
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] > MAX_ELEMENTS || count * Math.max(dims[i], 1) > MAX_ELEMENTS) {
        return Optional.empty();
      }
      count *= Math.max(dims[i], 1);
      narrow[i] = (int) dims[i];
    }
    return Optional.of(Shape.of(narrow));
  }
}
