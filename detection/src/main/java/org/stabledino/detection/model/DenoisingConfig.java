package org.stabledino.detection.model;

import org.stabledino.detection.UserException;

/**
 * Denoising queries: noisy copies of the ground truth that the decoder learns to restore.
 *
 * @param queries about how many an image gets (of each kind of copy); 0 switches them off
 * @param copies copies of each target in a group; the first is positive, the others negative
 * @param labelNoise twice the probability that a label is replaced by a random one
 * @param boxNoise largest shift of a corner, in halves of the box's extent
 * @param negativeStep what is added to the magnitude of the noise of negatives, times the number of
 *     the copy: 1 in DINO and the paper, 0 in the published code
 * @param multiplyNegatives whether the magnitude is also multiplied by one more than the number of
 *     the copy, an option of the published code
 * @param blockMatching whether denoising queries are kept from seeing the matching ones; matching
 *     queries never see denoising ones
 */
public record DenoisingConfig(
    int queries,
    int copies,
    double labelNoise,
    double boxNoise,
    double negativeStep,
    boolean multiplyNegatives,
    boolean blockMatching) {

  /** Checks the numbers. */
  public DenoisingConfig {
    if (queries < 0 || copies < 1 || labelNoise < 0 || boxNoise < 0 || negativeStep < 0) {
      throw new UserException(
          "denoising settings queries=%d, copies=%d, labelNoise=%s, boxNoise=%s, negativeStep=%s: copies must be 1 or more, the others 0 or more"
              .formatted(queries, copies, labelNoise, boxNoise, negativeStep));
    }
  }

  /** 100 queries in contrastive pairs, as in DINO and the paper. */
  public static final DenoisingConfig CONTRASTIVE =
      new DenoisingConfig(100, 2, 0.5, 1, 1, false, false);

  /**
   * The same with another step.
   *
   * @param step what is added to the magnitude of the negatives' noise
   * @return the changed copy
   */
  public DenoisingConfig withNegativeStep(double step) {
    return new DenoisingConfig(
        queries, copies, labelNoise, boxNoise, step, multiplyNegatives, blockMatching);
  }

  /**
   * The same with another number of queries.
   *
   * @param count about how many an image gets
   * @return the changed copy
   */
  public DenoisingConfig withQueries(int count) {
    return new DenoisingConfig(
        count, copies, labelNoise, boxNoise, negativeStep, multiplyNegatives, blockMatching);
  }
}
