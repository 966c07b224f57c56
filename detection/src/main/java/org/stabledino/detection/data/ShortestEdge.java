package org.stabledino.detection.data;

/**
 * The size of an image whose shorter side is set and whose longer side is bounded.
 *
 * <p>Two programs, two roundings; about half of all sizes differ by a pixel. An extreme ratio can
 * give a side of 0.
 */
public enum ShortestEdge {
  /** detectron2's rule, which Stable-DINO is trained and evaluated with. */
  DETECTRON2 {
    @Override
    public Size of(int height, int width, int shortest, int longest) {
      double scale = shortest / (double) Math.min(height, width);
      double newHeight = height < width ? shortest : scale * height;
      double newWidth = height < width ? scale * width : shortest;
      double larger = Math.max(newHeight, newWidth);
      if (longest > 0 && larger > longest) {
        double shrink = longest / larger;
        newHeight *= shrink;
        newWidth *= shrink;
      }
      return new Size((int) (newHeight + 0.5), (int) (newWidth + 0.5));
    }
  },

  /** The rule of the original DETR. */
  DETR {
    @Override
    public Size of(int height, int width, int shortest, int longest) {
      double shorter = Math.min(height, width);
      double longer = Math.max(height, width);
      int target = shortest;
      if (longest > 0 && longer / shorter * shortest > longest) {
        target = (int) Math.rint(longest * shorter / longer);
      }
      if (shorter == target) {
        return new Size(height, width);
      }
      return width < height
          ? new Size((int) ((double) target * height / width), target)
          : new Size(target, (int) ((double) target * width / height));
    }
  };

  /**
   * A size in pixels.
   *
   * @param height rows
   * @param width columns
   */
  public record Size(int height, int width) {}

  /**
   * The new size of an image.
   *
   * @param height of the image
   * @param width of the image
   * @param shortest wanted length of the shorter side
   * @param longest bound for the longer side; 0 for none
   * @return the new size
   */
  public abstract Size of(int height, int width, int shortest, int longest);
}
