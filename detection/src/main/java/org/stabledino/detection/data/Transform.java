package org.stabledino.detection.data;

import java.util.Arrays;

/**
 * One geometric step of an augmentation, fixed in all its numbers, for pixels, boxes and masks
 * alike.
 *
 * <p>A step knows the size it applies to. Boxes are (x0, y0, x1, y1) in pixels, double precision;
 * they are not clipped here: that happens once, after the last step ({@link BoxTransformer}). Masks
 * are carried along by {@link MaskTransformer}.
 */
public sealed interface Transform {

  /**
   * The width after this step.
   *
   * @return pixels
   */
  int outWidth();

  /**
   * The height after this step.
   *
   * @return pixels
   */
  int outHeight();

  /**
   * Applies the step to pixels.
   *
   * @param image of the size this step was made for
   * @return the result; may be the same object where nothing changes
   */
  RgbImage apply(RgbImage image);

  /**
   * The new place of a column edge.
   *
   * @param x in pixels before the step
   * @return in pixels after it
   */
  double mapX(double x);

  /**
   * The new place of a row edge.
   *
   * @param y in pixels before the step
   * @return in pixels after it
   */
  double mapY(double y);

  /**
   * Left becomes right.
   *
   * @param width of the image
   * @param height of the image
   */
  record HorizontalFlip(int width, int height) implements Transform {
    @Override
    public int outWidth() {
      return width;
    }

    @Override
    public int outHeight() {
      return height;
    }

    @Override
    public RgbImage apply(RgbImage image) {
      byte[] in = image.rgb();
      byte[] out = new byte[in.length];
      int stride = 3 * width;
      for (int row = 0; row < in.length; row += stride) {
        for (int from = row, to = row + stride - 3; from < row + stride; from += 3, to -= 3) {
          out[to] = in[from];
          out[to + 1] = in[from + 1];
          out[to + 2] = in[from + 2];
        }
      }
      return new RgbImage(width, height, out);
    }

    @Override
    public double mapX(double x) {
      return width - x;
    }

    @Override
    public double mapY(double y) {
      return y;
    }
  }

  /**
   * Top becomes bottom.
   *
   * @param width of the image
   * @param height of the image
   */
  record VerticalFlip(int width, int height) implements Transform {
    @Override
    public int outWidth() {
      return width;
    }

    @Override
    public int outHeight() {
      return height;
    }

    @Override
    public RgbImage apply(RgbImage image) {
      byte[] in = image.rgb();
      byte[] out = new byte[in.length];
      int stride = 3 * width;
      for (int from = 0, to = in.length - stride; from < in.length; from += stride, to -= stride) {
        System.arraycopy(in, from, out, to, stride);
      }
      return new RgbImage(width, height, out);
    }

    @Override
    public double mapX(double x) {
      return x;
    }

    @Override
    public double mapY(double y) {
      return height - y;
    }
  }

  /**
   * Stretches to a new size with {@link PillowResize#bilinear}.
   *
   * @param width before
   * @param height before
   * @param outWidth after
   * @param outHeight after
   */
  record Resize(int width, int height, int outWidth, int outHeight) implements Transform {
    @Override
    public RgbImage apply(RgbImage image) {
      return PillowResize.bilinear(image, outWidth, outHeight);
    }

    @Override
    public double mapX(double x) {
      return x * ((double) outWidth / width);
    }

    @Override
    public double mapY(double y) {
      return y * ((double) outHeight / height);
    }
  }

  /**
   * Cuts out a rectangle that lies inside the image.
   *
   * @param x0 left edge
   * @param y0 top edge
   * @param outWidth width of the rectangle
   * @param outHeight height of the rectangle
   */
  record Crop(int x0, int y0, int outWidth, int outHeight) implements Transform {
    @Override
    public RgbImage apply(RgbImage image) {
      byte[] out = new byte[3 * outWidth * outHeight];
      int stride = 3 * outWidth;
      for (int y = 0; y < outHeight; y++) {
        System.arraycopy(image.rgb(), 3 * ((y0 + y) * image.width() + x0), out, y * stride, stride);
      }
      return new RgbImage(outWidth, outHeight, out);
    }

    @Override
    public double mapX(double x) {
      return x - x0;
    }

    @Override
    public double mapY(double y) {
      return y - y0;
    }
  }

  /**
   * A frame of fixed size laid upon the image: what lies below it is kept, and where it reaches
   * beyond the right or lower edge it is filled with {@link #FILL}.
   *
   * @param width of the image before
   * @param height of the image before
   * @param x0 left edge of the frame, inside the image
   * @param y0 top edge of the frame, inside the image
   * @param outWidth width of the frame
   * @param outHeight height of the frame
   */
  record Window(int width, int height, int x0, int y0, int outWidth, int outHeight)
      implements Transform {

    /** The grey beyond the image. */
    public static final byte FILL = (byte) 128;

    @Override
    public RgbImage apply(RgbImage image) {
      byte[] out = new byte[Math.multiplyExact(3, Math.multiplyExact(outWidth, outHeight))];
      Arrays.fill(out, FILL);
      int columns = Math.min(outWidth, width - x0);
      int rows = Math.min(outHeight, height - y0);
      for (int y = 0; y < rows; y++) {
        System.arraycopy(
            image.rgb(), 3 * ((y0 + y) * width + x0), out, 3 * y * outWidth, 3 * columns);
      }
      return new RgbImage(outWidth, outHeight, out);
    }

    @Override
    public double mapX(double x) {
      return x - x0;
    }

    @Override
    public double mapY(double y) {
      return y - y0;
    }
  }
}
