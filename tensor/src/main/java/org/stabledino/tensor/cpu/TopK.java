package org.stabledino.tensor.cpu;

/**
 * The k largest of a row, by a heap of the best so far whose root is the worst of them.
 *
 * <p>NaN counts as larger than everything, as in PyTorch, so that a broken score is seen and not
 * hidden; among equals the lower index comes first.
 */
final class TopK {
  private TopK() {}

  /** Whether a is strictly larger than b. */
  static boolean before(float a, float b) {
    return a > b || a != a && b == b;
  }

  /** Whether element i comes before element j. */
  private static boolean before(float[] x, int at, int i, int j) {
    float a = x[at + i];
    float b = x[at + j];
    return before(a, b) || i < j && !before(b, a);
  }

  /** Fills {@code best} with the indices of the largest of n elements, largest first. */
  static void select(float[] x, int at, int n, int[] best) {
    int k = best.length;
    if (k == 0) {
      return;
    }
    for (int i = 0; i < k; i++) {
      best[i] = i;
    }
    for (int i = k / 2 - 1; i >= 0; i--) {
      sift(x, at, best, i, k);
    }
    for (int i = k; i < n; i++) {
      // A later element must be strictly larger: among equals the earlier one stays.
      if (before(x[at + i], x[at + best[0]])) {
        best[0] = i;
        sift(x, at, best, 0, k);
      }
    }
    for (int end = k - 1; end > 0; end--) {
      int worst = best[0];
      best[0] = best[end];
      best[end] = worst;
      sift(x, at, best, 0, end);
    }
  }

  /**
   * Restores the heap of the first {@code size} below a node that may be too good for its place.
   */
  private static void sift(float[] x, int at, int[] heap, int node, int size) {
    int moving = heap[node];
    while (2 * node + 1 < size) {
      int child = 2 * node + 1;
      if (child + 1 < size && before(x, at, heap[child], heap[child + 1])) {
        child++;
      }
      if (!before(x, at, moving, heap[child])) {
        break;
      }
      heap[node] = heap[child];
      node = child;
    }
    heap[node] = moving;
  }
}
