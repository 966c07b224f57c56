package org.stabledino.detection.data;

/**
 * Training samples by their position in the run: which image it is, and with which random numbers
 * it is augmented, follows from the seed and the position alone.
 *
 * @param order which image stands where
 * @param mapper makes the samples
 * @param seed of the augmentations
 */
public record TrainingStream(EpochOrder order, SampleMapper mapper, long seed) {

  /**
   * The sample at a position; may be called by several threads.
   *
   * @param position from 0
   * @return a new sample
   * @throws org.stabledino.detection.UserException naming the image file if it cannot be used
   */
  public Sample sample(long position) {
    int image = order.imageAt(position);
    return mapper.map(image, new CounterRandom(seed, order.epochAt(position), image));
  }
}
