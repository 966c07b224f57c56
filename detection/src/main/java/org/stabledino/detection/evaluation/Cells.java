package org.stabledino.detection.evaluation;

import java.util.function.IntUnaryOperator;

/**
 * Items grouped by (image, category); in each group they keep their order.
 *
 * @param starts where each group begins in {@code items}, image-major, with one more entry at the
 *     end
 * @param items places in the list that was grouped
 */
record Cells(int[] starts, int[] items) {

  /**
   * Groups by counting: linear in the number of items.
   *
   * @param cellCount how many groups there are
   * @param size how many items there are
   * @param cellOf the group of an item
   */
  static Cells group(int cellCount, int size, IntUnaryOperator cellOf) {
    int[] cell = new int[size];
    int[] starts = new int[cellCount + 1];
    for (int i = 0; i < size; i++) {
      cell[i] = cellOf.applyAsInt(i);
      starts[cell[i] + 1]++;
    }
    for (int c = 0; c < cellCount; c++) {
      starts[c + 1] += starts[c];
    }
    int[] next = starts.clone();
    int[] items = new int[size];
    for (int i = 0; i < size; i++) {
      items[next[cell[i]]++] = i;
    }
    return new Cells(starts, items);
  }

  int start(int cell) {
    return starts[cell];
  }

  int end(int cell) {
    return starts[cell + 1];
  }
}
