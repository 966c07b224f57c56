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

  /**
   * Whether a box annotated with four integers stays on integers through every step, as in the
   * published mapper: it loses up to a pixel at the top left, much for a small object in a small
   * picture.
   *
   * @return false unless a rule follows the published code to the number
   */
  default boolean truncatesIntegerBoxes() {
    return false;
  }
}
