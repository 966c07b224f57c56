package org.stabledino.detection.data;

import java.util.Arrays;

/** From an id (64 bits, gaps allowed) to its position; 12 bytes an entry, no boxing. */
final class IdIndex {
  private final long[] sorted;
  private final int[] positions;

  /**
   * Indexes ids by their positions.
   *
   * @param ids in any order
   */
  IdIndex(long[] ids) {
    sorted = ids.clone();
    Arrays.sort(sorted);
    positions = new int[ids.length];
    for (int i = ids.length - 1; i >= 0; i--) {
      positions[Arrays.binarySearch(sorted, ids[i])] = i;
    }
  }

  /**
   * Finds an id.
   *
   * @param id to look for
   * @return its position, or -1
   */
  int find(long id) {
    int at = Arrays.binarySearch(sorted, id);
    return at < 0 ? -1 : positions[at];
  }
}
