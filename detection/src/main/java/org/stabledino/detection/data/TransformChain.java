package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Transforms applied one after the other.
 *
 * @param width of the image the first one applies to
 * @param height of the image the first one applies to
 * @param steps in order, each made for the size its predecessor leaves
 */
public record TransformChain(int width, int height, List<Transform> steps) {

  /** Copies the list. */
  public TransformChain {
    steps = List.copyOf(steps);
  }

  /**
   * The width after all steps.
   *
   * @return pixels
   */
  public int outWidth() {
    return steps.isEmpty() ? width : steps.getLast().outWidth();
  }

  /**
   * The height after all steps.
   *
   * @return pixels
   */
  public int outHeight() {
    return steps.isEmpty() ? height : steps.getLast().outHeight();
  }

  /**
   * Applies all steps to an image.
   *
   * @param image of the size of this chain
   * @return the augmented image
   * @throws IllegalArgumentException if the image has another size
   */
  public RgbImage apply(RgbImage image) {
    if (image.width() != width || image.height() != height) {
      throw new IllegalArgumentException(
          "transforms for %d x %d pixels, image of %d x %d"
              .formatted(width, height, image.width(), image.height()));
    }
    RgbImage result = image;
    for (Transform step : steps) {
      result = step.apply(result);
    }
    return result;
  }

  /**
   * Starts a chain.
   *
   * @param width of the image
   * @param height of the image
   * @return a builder that knows the size reached so far
   */
  public static Builder of(int width, int height) {
    return new Builder(width, height);
  }

  /** Collects steps, following the size of the image from one to the next. */
  public static final class Builder {
    private final int startWidth;
    private final int startHeight;
    private int width;
    private int height;
    private final List<Transform> steps = new ArrayList<>();

    private Builder(int width, int height) {
      this.startWidth = width;
      this.startHeight = height;
      this.width = width;
      this.height = height;
    }

    /**
     * The width reached so far.
     *
     * @return pixels
     */
    public int width() {
      return width;
    }

    /**
     * The height reached so far.
     *
     * @return pixels
     */
    public int height() {
      return height;
    }

    /**
     * Mirrors left and right.
     *
     * @return this
     */
    public Builder flipHorizontally() {
      return add(new Transform.HorizontalFlip(width, height));
    }

    /**
     * Mirrors top and bottom.
     *
     * @return this
     */
    public Builder flipVertically() {
      return add(new Transform.VerticalFlip(width, height));
    }

    /**
     * Stretches to a size; a side of 0, which an extreme ratio can give, becomes 1.
     *
     * @param size wanted
     * @return this
     */
    public Builder resize(ShortestEdge.Size size) {
      return add(
          new Transform.Resize(
              width, height, Math.max(1, size.width()), Math.max(1, size.height())));
    }

    /**
     * Cuts out a rectangle.
     *
     * @param x0 left edge
     * @param y0 top edge
     * @param newWidth of the rectangle
     * @param newHeight of the rectangle
     * @return this
     * @throws IllegalArgumentException if the rectangle leaves the image
     */
    public Builder crop(int x0, int y0, int newWidth, int newHeight) {
      if (x0 < 0 || y0 < 0 || x0 + newWidth > width || y0 + newHeight > height) {
        throw new IllegalArgumentException(
            "crop of %d x %d at (%d, %d) leaves the image of %d x %d"
                .formatted(newWidth, newHeight, x0, y0, width, height));
      }
      return add(new Transform.Crop(x0, y0, newWidth, newHeight));
    }

    /**
     * Lays a frame of fixed size upon the image, which it may leave at the right and below.
     *
     * @param x0 left edge
     * @param y0 top edge
     * @param newWidth of the frame
     * @param newHeight of the frame
     * @return this
     * @throws IllegalArgumentException if the frame begins outside the image
     */
    public Builder window(int x0, int y0, int newWidth, int newHeight) {
      if (x0 < 0 || y0 < 0 || x0 >= width || y0 >= height) {
        throw new IllegalArgumentException(
            "frame at (%d, %d) begins outside the image of %d x %d"
                .formatted(x0, y0, width, height));
      }
      return add(new Transform.Window(width, height, x0, y0, newWidth, newHeight));
    }

    private Builder add(Transform step) {
      steps.add(step);
      width = step.outWidth();
      height = step.outHeight();
      return this;
    }

    /**
     * The finished chain.
     *
     * @return all steps so far
     */
    public TransformChain build() {
      return new TransformChain(startWidth, startHeight, steps);
    }
  }
}
