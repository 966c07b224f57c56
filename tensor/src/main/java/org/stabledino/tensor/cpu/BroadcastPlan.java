package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Shape;

/**
 * How two operands walk over their common shape.
 *
 * <p>Neighbouring axes that both operands cross in the same way are merged first, so that [B, H, W,
 * C] with [C] becomes two axes, and the rows that loops get are as long as they can be. A stretched
 * axis has stride 0.
 */
final class BroadcastPlan {
  private final int[] dims;
  private final int[] aStrides;
  private final int[] bStrides;

  private BroadcastPlan(int[] dims, int[] aStrides, int[] bStrides) {
    this.dims = dims;
    this.aStrides = aStrides;
    this.bStrides = bStrides;
  }

  /** The plan for shapes that broadcast to {@code shape}, which is not empty. */
  static BroadcastPlan of(Shape shape, Shape a, Shape b) {
    int rank = shape.rank();
    int[] dims = new int[rank + 1];
    int[] aStrides = new int[rank + 1];
    int[] bStrides = new int[rank + 1];
    int used = 0;
    int aStride = 1;
    int bStride = 1;
    // From the innermost axis outwards; index 0 is the innermost merged axis.
    for (int i = 1; i <= rank; i++) {
      int dim = shape.dim(-i);
      int aDim = i <= a.rank() ? a.dim(-i) : 1;
      int bDim = i <= b.rank() ? b.dim(-i) : 1;
      if (dim > 1) {
        int aStep = aDim == 1 ? 0 : aStride;
        int bStep = bDim == 1 ? 0 : bStride;
        if (used > 0
            && aStep == aStrides[used - 1] * dims[used - 1]
            && bStep == bStrides[used - 1] * dims[used - 1]) {
          dims[used - 1] *= dim;
        } else {
          dims[used] = dim;
          aStrides[used] = aStep;
          bStrides[used] = bStep;
          used++;
        }
      }
      aStride *= aDim;
      bStride *= bDim;
    }
    if (used == 0) {
      dims[used++] = 1;
    }
    return new BroadcastPlan(
        java.util.Arrays.copyOf(dims, used),
        java.util.Arrays.copyOf(aStrides, used),
        java.util.Arrays.copyOf(bStrides, used));
  }

  /** The length of a row. */
  int rowLength() {
    return dims[0];
  }

  /** How many rows. */
  int rows() {
    int rows = 1;
    for (int i = 1; i < dims.length; i++) {
      rows *= dims[i];
    }
    return rows;
  }

  /** Whether a has one element for a whole row. */
  boolean aStretched() {
    return aStrides[0] == 0;
  }

  /** Whether b has one element for a whole row. */
  boolean bStretched() {
    return bStrides[0] == 0;
  }

  /** The index of a row along the axes 1 and up; entry 0 is unused. */
  int[] index(int row) {
    int[] index = new int[dims.length];
    for (int i = 1; i < dims.length; i++) {
      index[i] = row % dims[i];
      row /= dims[i];
    }
    return index;
  }

  /** Where a row starts in a. */
  int aOffset(int[] index) {
    return offset(index, aStrides);
  }

  /** Where a row starts in b. */
  int bOffset(int[] index) {
    return offset(index, bStrides);
  }

  private static int offset(int[] index, int[] strides) {
    int offset = 0;
    for (int i = 1; i < index.length; i++) {
      offset += index[i] * strides[i];
    }
    return offset;
  }

  /**
   * Steps to the next row.
   *
   * @return the outermost axis that moved, for {@link #aStep} and {@link #bStep}
   */
  int advance(int[] index) {
    int axis = 1;
    while (axis < dims.length && ++index[axis] == dims[axis]) {
      index[axis++] = 0;
    }
    return axis;
  }

  /** How far a moves when the axes below {@code axis} wrap around and it takes a step. */
  int aStep(int axis) {
    return step(axis, aStrides);
  }

  /** How far b moves when the axes below {@code axis} wrap around and it takes a step. */
  int bStep(int axis) {
    return step(axis, bStrides);
  }

  private int step(int axis, int[] strides) {
    int step = axis < dims.length ? strides[axis] : 0;
    for (int i = 1; i < axis; i++) {
      step -= (dims[i] - 1) * strides[i];
    }
    return step;
  }
}
