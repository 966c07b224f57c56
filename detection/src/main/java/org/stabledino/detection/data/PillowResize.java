package org.stabledino.detection.data;

import java.util.Arrays;

/**
 * Resizing with the very numbers of Pillow, which the reference trains and evaluates with.
 *
 * <p>Bilinear here is an antialiased triangle filter: shrinking averages over all covered pixels.
 * The weights are integers with 22 bits after the point; columns are filtered first and rounded to
 * bytes, then rows.
 */
public final class PillowResize {
  private static final int PRECISION = 22;
  private static final int HALF = 1 << PRECISION - 1;

  private PillowResize() {}

  /**
   * Resizes an image with the antialiased triangle filter.
   *
   * @param image any size
   * @param width new width in pixels, at least 1
   * @param height new height in pixels, at least 1
   * @return the resized image; the same one where the size does not change
   */
  public static RgbImage bilinear(RgbImage image, int width, int height) {
    byte[] pixels = image.rgb();
    if (width != image.width()) {
      pixels = columns(pixels, image.width(), image.height(), width);
    }
    if (height != image.height()) {
      pixels = rows(pixels, 3 * width, image.height(), height);
    }
    return pixels == image.rgb() ? image : new RgbImage(width, height, pixels);
  }

  /**
   * Resizes a one-channel mask by taking the nearest pixel.
   *
   * @param mask height x width, row-major
   * @param width of the mask
   * @param height of the mask
   * @param newWidth wanted width, at least 1
   * @param newHeight wanted height, at least 1
   * @return newHeight x newWidth
   */
  public static byte[] nearest(byte[] mask, int width, int height, int newWidth, int newHeight) {
    int[] xs = nearestIndices(width, newWidth);
    int[] ys = nearestIndices(height, newHeight);
    byte[] out = new byte[newWidth * newHeight];
    int at = 0;
    for (int y : ys) {
      for (int x : xs) {
        out[at++] = mask[y * width + x];
      }
    }
    return out;
  }

  /** The position is a running sum: its rounding errors are part of the result. */
  private static int[] nearestIndices(int in, int out) {
    int[] indices = new int[out];
    double scale = (double) in / out;
    double position = scale * 0.5;
    for (int i = 0; i < out; i++) {
      indices[i] = Math.min((int) position, in - 1);
      position += scale;
    }
    return indices;
  }

  /**
   * The weights of one axis.
   *
   * @param first first input of each output
   * @param count number of inputs of each output
   * @param weights {@code taps} for each output, 22-bit fixed point, unused ones 0
   * @param taps the largest count
   */
  private record Filter(int[] first, int[] count, int[] weights, int taps) {

    static Filter triangle(int in, int out) {
      double scale = (double) in / out;
      double radius = Math.max(scale, 1.0);
      int taps = (int) Math.ceil(radius) * 2 + 1;
      int[] first = new int[out];
      int[] count = new int[out];
      int[] weights = new int[out * taps];
      double[] exact = new double[taps];
      for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale;
        int from = Math.max((int) (centre - radius + 0.5), 0);
        int to = Math.min((int) (centre + radius + 0.5), in);
        double sum = 0;
        for (int k = from; k < to; k++) {
          double distance = Math.abs((k - centre + 0.5) * (1.0 / radius));
          exact[k - from] = distance < 1.0 ? 1.0 - distance : 0.0;
          sum += exact[k - from];
        }
        for (int k = 0; k < to - from; k++) {
          double weight = sum == 0 ? exact[k] : exact[k] / sum;
          weights[i * taps + k] = (int) (0.5 + weight * (1 << PRECISION));
        }
        first[i] = from;
        count[i] = to - from;
      }
      return new Filter(first, count, weights, taps);
    }
  }

  private static byte[] columns(byte[] in, int width, int height, int newWidth) {
    Filter filter = Filter.triangle(width, newWidth);
    byte[] out = new byte[Math.multiplyExact(3 * newWidth, height)];
    int at = 0;
    for (int y = 0; y < height; y++) {
      int row = 3 * width * y;
      for (int x = 0; x < newWidth; x++) {
        int pixel = row + 3 * filter.first[x];
        int weight = x * filter.taps;
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        for (int end = weight + filter.count[x]; weight < end; weight++, pixel += 3) {
          int w = filter.weights[weight];
          red += (in[pixel] & 0xFF) * w;
          green += (in[pixel + 1] & 0xFF) * w;
          blue += (in[pixel + 2] & 0xFF) * w;
        }
        out[at++] = round(red);
        out[at++] = round(green);
        out[at++] = round(blue);
      }
    }
    return out;
  }

  /** Whole rows at a time into a row of sums: inner loops without branches, which C2 vectorises. */
  private static byte[] rows(byte[] in, int stride, int height, int newHeight) {
    Filter filter = Filter.triangle(height, newHeight);
    byte[] out = new byte[Math.multiplyExact(stride, newHeight)];
    int[] sums = new int[stride];
    for (int y = 0; y < newHeight; y++) {
      Arrays.fill(sums, HALF);
      for (int k = 0; k < filter.count[y]; k++) {
        int w = filter.weights[y * filter.taps + k];
        int row = (filter.first[y] + k) * stride;
        for (int i = 0; i < stride; i++) {
          sums[i] += (in[row + i] & 0xFF) * w;
        }
      }
      int to = y * stride;
      for (int i = 0; i < stride; i++) {
        out[to + i] = round(sums[i]);
      }
    }
    return out;
  }

  /** Weights are not negative, so only the upper end can be passed (by rounding of the weights). */
  private static byte round(int sum) {
    return (byte) Math.min(sum >> PRECISION, 255);
  }
}
