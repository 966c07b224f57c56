package org.stabledino.detection.matching;

import java.util.Arrays;

/**
 * Which queries of an image are responsible for which targets.
 *
 * @param queries index of the query of each pair, ascending when it comes from the matcher, shape
 *     [M]
 * @param targets index of the target of each pair, shape [M]
 */
public record Matching(int[] queries, int[] targets) {
  /** Nothing is matched. */
  public static final Matching EMPTY = new Matching(new int[0], new int[0]);

  /**
   * The number of pairs.
   *
   * @return M
   */
  public int count() {
    return queries.length;
  }

  /**
   * The same pairs seen from the targets.
   *
   * @param targetCount number of targets of the image
   * @return the query of each target, -1 for none
   */
  public int[] queryOfTarget(int targetCount) {
    int[] query = new int[targetCount];
    Arrays.fill(query, -1);
    for (int i = 0; i < queries.length; i++) {
      query[targets[i]] = queries[i];
    }
    return query;
  }
}
