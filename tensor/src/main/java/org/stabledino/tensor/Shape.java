package org.stabledino.tensor;

import java.util.Arrays;

/**
 * The extents of a tensor, outermost dimension first.
 *
 * <p>A shape is immutable. Axes may be given from the end: {@code dim(-1)} is the innermost extent.
 */
public final class Shape {
  private static final Shape SCALAR = new Shape(new int[0]);

  private final int[] dims;
  private final int size;

  private Shape(int[] dims) {
    long count = 1;
    boolean empty = false;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative extent in shape " + Arrays.toString(dims));
      }
      // Without the empty ones, so that what is allowed does not depend on the order of axes.
      count *= Math.max(dim, 1);
      empty |= dim == 0;
      if (count > Integer.MAX_VALUE - 16) {
        throw new IllegalArgumentException(
            "a tensor holds at most 2^31 - 17 elements, shape " + Arrays.toString(dims) + " more");
      }
    }
    this.dims = dims;
    this.size = empty ? 0 : (int) count;
  }

  /**
   * The shape with these extents; none gives a scalar.
   *
   * @param dims extents, each at least 0
   * @return the shape
   */
  public static Shape of(int... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /**
   * The number of dimensions; 0 for a scalar.
   *
   * @return the rank
   */
  public int rank() {
    return dims.length;
  }

  /**
   * The number of elements.
   *
   * @return the product of all extents; 1 for a scalar
   */
  public int size() {
    return size;
  }

  /**
   * One extent.
   *
   * @param axis from 0, or from -1 counted from the innermost
   * @return the extent
   */
  public int dim(int axis) {
    return dims[axis(axis)];
  }

  /**
   * An axis counted from the front.
   *
   * @param axis from 0, or from -1 counted from the innermost
   * @return the axis, at least 0
   * @throws IndexOutOfBoundsException if this shape has no such axis
   */
  public int axis(int axis) {
    int positive = axis < 0 ? axis + dims.length : axis;
    if (positive < 0 || positive >= dims.length) {
      throw new IndexOutOfBoundsException("axis " + axis + " of shape " + this);
    }
    return positive;
  }

  /**
   * All extents.
   *
   * @return a copy
   */
  public int[] dims() {
    return dims.clone();
  }

  /**
   * The number of elements in the axes {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @param from first axis, from 0
   * @param to end, at most the rank
   * @return the product of those extents
   */
  public int count(int from, int to) {
    int product = 1;
    for (int i = from; i < to; i++) {
      product *= dims[i];
    }
    return product;
  }

  /**
   * This shape with one extent replaced.
   *
   * @param axis from 0, or from -1 counted from the innermost
   * @param dim the new extent
   * @return the new shape
   */
  public Shape with(int axis, int dim) {
    int[] copy = dims.clone();
    copy[axis(axis)] = dim;
    return new Shape(copy);
  }

  /**
   * The shape both broadcast to: aligned at the innermost axis, an extent of 1 stretches.
   *
   * @param other the other shape
   * @return the common shape
   * @throws ShapeMismatchException if an extent differs and neither is 1
   */
  public Shape broadcast(Shape other) {
    Shape common = broadcastOrNull(other);
    if (common == null) {
      throw new ShapeMismatchException(
          "broadcast", "other", "compatible with " + this, other.toString(), "");
    }
    return common;
  }

  /** The shape both broadcast to, or null where they do not. */
  Shape broadcastOrNull(Shape other) {
    int rank = Math.max(rank(), other.rank());
    int[] result = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int mine = i <= rank() ? dims[rank() - i] : 1;
      int theirs = i <= other.rank() ? other.dims[other.rank() - i] : 1;
      if (mine != theirs && mine != 1 && theirs != 1) {
        return null;
      }
      result[rank - i] = mine == 1 ? theirs : mine;
    }
    return new Shape(result);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
