package org.stabledino.detection.evaluation;

/** Sorting places by their key without objects; equal keys keep their order. */
final class StableOrder {
  private static final int INSERTION_LIMIT = 16;

  private StableOrder() {}

  /**
   * Reorders {@code items[from, to)} so that {@code keys[items[i]]} descends.
   *
   * @param items places in {@code keys}, reordered here
   * @param from first item
   * @param to one past the last item
   * @param keys finite keys
   * @param scratch room for at least {@code to} items; its range {@code [from, to)} is overwritten
   */
  static void descending(int[] items, int from, int to, double[] keys, int[] scratch) {
    if (to - from <= INSERTION_LIMIT) {
      insertionSort(items, from, to, keys);
      return;
    }
    int middle = (from + to) >>> 1;
    descending(items, from, middle, keys, scratch);
    descending(items, middle, to, keys, scratch);
    if (keys[items[middle - 1]] >= keys[items[middle]]) {
      return;
    }
    System.arraycopy(items, from, scratch, from, middle - from);
    int left = from;
    int right = middle;
    for (int out = from; left < middle; out++) {
      if (right < to && keys[items[right]] > keys[scratch[left]]) {
        items[out] = items[right++];
      } else {
        items[out] = scratch[left++];
      }
    }
  }

  private static void insertionSort(int[] items, int from, int to, double[] keys) {
    for (int i = from + 1; i < to; i++) {
      int item = items[i];
      double key = keys[item];
      int j = i;
      while (j > from && keys[items[j - 1]] < key) {
        items[j] = items[j - 1];
        j--;
      }
      items[j] = item;
    }
  }
}
