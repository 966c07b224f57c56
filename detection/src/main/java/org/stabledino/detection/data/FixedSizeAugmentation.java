package org.stabledino.detection.data;

/**
 * The augmentation of the small recipe: flips, zooming in by a random crop, and one size for all.
 *
 * <p>All six draws are made for every image, in the order horizontal flip, vertical flip, zoom or
 * not, side fraction, then top and left of the crop: each image costs the same, whatever happens.
 *
 * @param height of every result in pixels
 * @param width of every result in pixels
 * @param horizontalFlip whether half of the images are mirrored
 * @param verticalFlip whether half of the images are turned upside down
 * @param zoomProbability share of the images that are cropped
 * @param zoomMin smallest side of the crop as a fraction of the image's side, above 0
 * @param zoomMax largest side of the crop as a fraction of the image's side, at most 1
 */
public record FixedSizeAugmentation(
    int height,
    int width,
    boolean horizontalFlip,
    boolean verticalFlip,
    double zoomProbability,
    double zoomMin,
    double zoomMax)
    implements Augmentation {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a size, probability or fraction makes no sense
   */
  public FixedSizeAugmentation {
    if (height <= 0 || width <= 0) {
      throw new IllegalArgumentException("size " + height + " x " + width + " is not positive");
    }
    if (!(zoomProbability >= 0 && zoomProbability <= 1)) {
      throw new IllegalArgumentException("zoom probability " + zoomProbability + " not in 0..1");
    }
    if (!(zoomMin > 0 && zoomMin <= zoomMax && zoomMax <= 1)) {
      throw new IllegalArgumentException(
          "zoom fractions must be 0 < min <= max <= 1, got " + zoomMin + " and " + zoomMax);
    }
  }

  @Override
  public TransformChain decide(int imageWidth, int imageHeight, DrawSource draws) {
    TransformChain.Builder chain = TransformChain.of(imageWidth, imageHeight);
    boolean mirror = draws.uniform() < 0.5;
    boolean upsideDown = draws.uniform() < 0.5;
    boolean zoom = draws.uniform() < zoomProbability;
    double fraction = zoomMin + draws.uniform() * (zoomMax - zoomMin);
    int cropWidth = Math.max(1, (int) Math.rint(fraction * imageWidth));
    int cropHeight = Math.max(1, (int) Math.rint(fraction * imageHeight));
    int y0 = draws.integer(0, imageHeight - cropHeight + 1);
    int x0 = draws.integer(0, imageWidth - cropWidth + 1);
    // Cutting first leaves fewer pixels to flip and resize; the draws of place are symmetric.
    if (zoom) {
      chain.crop(x0, y0, cropWidth, cropHeight);
    }
    if (horizontalFlip && mirror) {
      chain.flipHorizontally();
    }
    if (verticalFlip && upsideDown) {
      chain.flipVertically();
    }
    return chain.resize(new ShortestEdge.Size(height, width)).build();
  }
}
