package org.stabledino.cuda;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.tensor.Shape;

/**
 * Axes with strides, merged where possible, as the kernels take them.
 *
 * <p>Two neighbouring axes become one if a step of the outer is as far as all steps of the inner,
 * in every operand. Axes of extent 1 vanish. Kernels get at most {@value #MAX_AXES} axes.
 */
final class Walk {
  /** The length of the arrays in the kernels' structures. */
  static final int MAX_AXES = 8;

  private final List<int[]> axes =
      new ArrayList<>(); // {extent, stride, stride ...}, innermost first

  /** Adds the next axis outwards: its extent, then its stride in each operand. */
  void add(int... axis) {
    if (axis[0] == 1) {
      return;
    }
    int[] inner = axes.isEmpty() ? null : axes.getLast();
    boolean merges = inner != null;
    for (int i = 1; merges && i < axis.length; i++) {
      merges = axis[i] == inner[i] * inner[0];
    }
    if (merges) {
      inner[0] *= axis[0];
    } else {
      axes.add(axis.clone());
    }
  }

  /** How two operands walk over the shape they broadcast to. */
  static Walk broadcast(Shape shape, Shape a, Shape b) {
    Walk walk = new Walk();
    int aStride = 1;
    int bStride = 1;
    for (int i = 1; i <= shape.rank(); i++) {
      int aDim = i <= a.rank() ? a.dim(-i) : 1;
      int bDim = i <= b.rank() ? b.dim(-i) : 1;
      walk.add(shape.dim(-i), aDim == 1 ? 0 : aStride, bDim == 1 ? 0 : bStride);
      aStride *= aDim;
      bStride *= bDim;
    }
    return walk;
  }

  /** How many axes are left. */
  int rank() {
    return axes.size();
  }

  /** The extent of an axis, innermost first. */
  int dim(int axis) {
    return axes.get(axis)[0];
  }

  /** The stride of an axis in an operand. */
  int stride(int axis, int operand) {
    return axes.get(axis)[1 + operand];
  }

  /** The structure {@code {rank, dims[8], strides[8] of each operand}}. */
  int[] words(int operands) {
    if (rank() > MAX_AXES) {
      throw new IllegalArgumentException(
          "a CUDA kernel walks over at most %d axes, not %d".formatted(MAX_AXES, rank()));
    }
    int[] words = new int[1 + (1 + operands) * MAX_AXES];
    words[0] = rank();
    for (int axis = 0; axis < rank(); axis++) {
      for (int i = 0; i <= operands; i++) {
        words[1 + i * MAX_AXES + axis] = axes.get(axis)[i];
      }
    }
    return words;
  }
}
