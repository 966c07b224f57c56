package org.stabledino.detection.matching;

import java.util.Arrays;
import java.util.List;

/**
 * How often adjacent layers give a ground truth to different queries (paper, Sec. 2.4.3 and Fig.
 * 3): the percentage for the pair encoder and first decoder layer, first and second, and so on.
 *
 * <p>Counts add up over images and steps until {@link #reset}.
 */
public final class UnstableScore {
  private final long[] changed;
  private final long[] seen;

  /**
   * A score without counts.
   *
   * @param heads how many heads are compared, in their order: the encoder, then each decoder layer
   */
  public UnstableScore(int heads) {
    changed = new long[Math.max(0, heads - 1)];
    seen = new long[changed.length];
  }

  /**
   * Counts one image.
   *
   * @param heads the image's matching at each head, in their order
   * @param targetCount number of targets of the image
   */
  public void add(List<Matching> heads, int targetCount) {
    if (heads.size() != changed.length + 1) {
      throw new IllegalArgumentException(
          "%d heads were announced, got %d".formatted(changed.length + 1, heads.size()));
    }
    for (int pair = 0; pair < changed.length; pair++) {
      int[] before = heads.get(pair).queryOfTarget(targetCount);
      int[] after = heads.get(pair + 1).queryOfTarget(targetCount);
      for (int target = 0; target < targetCount; target++) {
        changed[pair] += before[target] == after[target] ? 0 : 1;
      }
      seen[pair] += targetCount;
    }
  }

  /**
   * The number of pairs of adjacent heads.
   *
   * @return heads - 1
   */
  public int pairs() {
    return changed.length;
  }

  /**
   * How many targets changed their query between a head and the next.
   *
   * @param pair 0 for the first and second head
   * @return the count
   */
  public long changed(int pair) {
    return changed[pair];
  }

  /**
   * How many targets were counted.
   *
   * @param pair 0 for the first and second head
   * @return the count
   */
  public long seen(int pair) {
    return seen[pair];
  }

  /**
   * The unstable score of one pair of heads.
   *
   * @param pair 0 for the first and second head
   * @return percent, 0 when nothing was counted
   */
  public double percent(int pair) {
    return seen[pair] == 0 ? 0 : 100.0 * changed[pair] / seen[pair];
  }

  /** Forgets all counts. */
  public void reset() {
    Arrays.fill(changed, 0);
    Arrays.fill(seen, 0);
  }
}
