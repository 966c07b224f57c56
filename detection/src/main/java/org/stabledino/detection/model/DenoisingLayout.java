package org.stabledino.detection.model;

import org.stabledino.detection.boxes.Targets;

/**
 * Where the denoising queries stand: groups one after the other, in each group the copies one after
 * the other, in each copy one slot for every target of the batch's fullest image. Images with fewer
 * targets leave their last slots empty.
 *
 * @param groups how many groups
 * @param copies copies of each target in a group; the first is positive
 * @param slots slots of one copy, the largest number of targets of an image
 */
public record DenoisingLayout(int groups, int copies, int slots) {

  /**
   * All denoising queries of an image, empty slots included.
   *
   * @return D
   */
  public int queries() {
    return groups * copies * slots;
  }

  /**
   * Where a copy of a target stands.
   *
   * @param group from 0
   * @param copy from 0
   * @param target index among the image's targets
   * @return the query
   */
  public int queryOf(int group, int copy, int target) {
    return (group * copies + copy) * slots + target;
  }

  /**
   * Query and target of each positive: the first copies of each group.
   *
   * @param targets of one image
   * @return queries and targets, shape [2][groups * T]
   */
  public int[][] positives(Targets targets) {
    int[][] pairs = new int[2][groups * targets.count()];
    int at = 0;
    for (int group = 0; group < groups; group++) {
      for (int target = 0; target < targets.count(); target++, at++) {
        pairs[0][at] = queryOf(group, 0, target);
        pairs[1][at] = target;
      }
    }
    return pairs;
  }
}
