package org.stabledino.detection.data;

/**
 * Stretches every image to one size, whatever its shape: evaluation for models trained with {@link
 * FixedSizeAugmentation}.
 *
 * @param height in pixels
 * @param width in pixels
 */
public record FixedSizeResize(int height, int width) implements Augmentation {

  @Override
  public TransformChain decide(int imageWidth, int imageHeight, DrawSource draws) {
    return TransformChain.of(imageWidth, imageHeight)
        .resize(new ShortestEdge.Size(height, width))
        .build();
  }
}
