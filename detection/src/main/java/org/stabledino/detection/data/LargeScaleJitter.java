package org.stabledino.detection.data;

/**
 * Large-scale jitter (Ghiasi et al., Simple Copy-Paste, CVPR 2021, Sec. 3.1), as detectron2 and
 * Mask DINO do it: flip half of the images, shrink or enlarge them over a wide range, then lay a
 * frame of fixed size upon them, filled with grey where the image is smaller.
 *
 * <p>Draws: flip, scale, one number for the place of the frame along both axes.
 *
 * @param height of every result in pixels
 * @param width of every result in pixels
 * @param minScale smallest size, relative to the one at which the image just fills the frame
 * @param maxScale largest size
 */
public record LargeScaleJitter(int height, int width, double minScale, double maxScale)
    implements Augmentation {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a size or scale makes no sense
   */
  public LargeScaleJitter {
    if (height <= 0 || width <= 0) {
      throw new IllegalArgumentException("size " + height + " x " + width + " is not positive");
    }
    if (!(minScale > 0 && minScale <= maxScale && maxScale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "scales must be 0 < min <= max, got " + minScale + " and " + maxScale);
    }
  }

  /**
   * The published range of scales.
   *
   * @param height of every result in pixels
   * @param width of every result in pixels
   * @return 0.1 to 2
   */
  public static LargeScaleJitter official(int height, int width) {
    return new LargeScaleJitter(height, width, 0.1, 2.0);
  }

  @Override
  public TransformChain decide(int imageWidth, int imageHeight, DrawSource draws) {
    TransformChain.Builder chain = TransformChain.of(imageWidth, imageHeight);
    if (draws.uniform(0, 1) < 0.5) {
      chain.flipHorizontally();
    }
    double scale = draws.uniform(minScale, maxScale);
    double factor = Math.min(height * scale / imageHeight, width * scale / imageWidth);
    chain.resize(
        new ShortestEdge.Size(
            (int) Math.rint(imageHeight * factor), (int) Math.rint(imageWidth * factor)));
    double place = draws.uniform(0, 1);
    int y0 = (int) Math.rint(Math.max(chain.height() - height, 0) * place);
    int x0 = (int) Math.rint(Math.max(chain.width() - width, 0) * place);
    return chain.window(x0, y0, width, height).build();
  }
}
