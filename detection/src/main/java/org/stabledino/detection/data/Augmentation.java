package org.stabledino.detection.data;

/**
 * A rule that decides, by chance or not, what happens to an image of a given size. The decision is
 * a {@link TransformChain} of fixed numbers, which is then applied to pixels and boxes.
 */
@FunctionalInterface
public interface Augmentation {

  /**
   * Decides for one image.
   *
   * @param width of the image in pixels
   * @param height of the image in pixels
   * @param draws random numbers, taken in an order that belongs to the rule
   * @return what to do with it
   */
  TransformChain decide(int width, int height, DrawSource draws);
}
