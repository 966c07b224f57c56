package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Carries annotated masks through a {@link TransformChain} with the arithmetic of the reference:
 * polygons stay polygons, point by point and cut as geometry; run lengths become pixels, which are
 * flipped, cut, and resized by the nearest pixel.
 */
public final class MaskTransformer {

  private MaskTransformer() {}

  /**
   * The mask in the augmented image.
   *
   * @param mask as annotated; not absent
   * @param chain to apply
   * @return polygons of polygons, possibly without any piece, else run lengths of the final size
   * @throws IllegalArgumentException if there is no mask, or its size is not the image's
   */
  public static Segmentation transform(Segmentation mask, TransformChain chain) {
    if (mask instanceof Polygons polygons) {
      return polygons(polygons, chain);
    }
    byte[] pixels = mask.rasterise(chain.height(), chain.width()).decode();
    int width = chain.width();
    int height = chain.height();
    for (Transform step : chain.steps()) {
      pixels = pixels(pixels, width, height, step);
      width = step.outWidth();
      height = step.outHeight();
    }
    return Rle.encode(pixels, height, width);
  }

  private static Polygons polygons(Polygons polygons, TransformChain chain) {
    List<double[]> rings = polygons.validRings();
    for (Transform step : chain.steps()) {
      List<double[]> after = new ArrayList<>();
      for (double[] ring : rings) {
        for (double[] piece : cut(ring, step)) {
          after.add(move(piece, step));
        }
      }
      rings = after;
    }
    return Polygons.of(rings.toArray(double[][]::new));
  }

  private static List<double[]> cut(double[] ring, Transform step) {
    return switch (step) {
      case Transform.Crop c ->
          PolygonClipper.clip(ring, c.x0(), c.y0(), c.x0() + c.outWidth(), c.y0() + c.outHeight());
      case Transform.Window w ->
          PolygonClipper.clip(ring, w.x0(), w.y0(), w.x0() + w.outWidth(), w.y0() + w.outHeight());
      case Transform.HorizontalFlip _, Transform.VerticalFlip _, Transform.Resize _ ->
          List.of(ring);
    };
  }

  private static double[] move(double[] ring, Transform step) {
    double[] moved = new double[ring.length];
    for (int i = 0; i < ring.length; i += 2) {
      moved[i] = step.mapX(ring[i]);
      moved[i + 1] = step.mapY(ring[i + 1]);
    }
    return moved;
  }

  /** One step for pixels of a mask; what a window adds is outside. */
  private static byte[] pixels(byte[] mask, int width, int height, Transform step) {
    if (step instanceof Transform.Resize resize) {
      return PillowResize.nearest(mask, width, height, resize.outWidth(), resize.outHeight());
    }
    byte[] out = new byte[step.outWidth() * step.outHeight()];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        // The middle of a pixel goes to the middle of a pixel in all steps but resizing.
        int toX = (int) Math.floor(step.mapX(x + 0.5));
        int toY = (int) Math.floor(step.mapY(y + 0.5));
        if (toX >= 0 && toX < step.outWidth() && toY >= 0 && toY < step.outHeight()) {
          out[toY * step.outWidth() + toX] = mask[y * width + x];
        }
      }
    }
    return out;
  }

  /**
   * The box of a mask: the extremes of a polygon's points, or the outermost pixels.
   *
   * @param mask polygons or plain run lengths
   * @return x0, y0, x1, y1 in float32 precision. Without any point, x0 and y0 are infinite and x1
   *     and y1 zero, as in the reference; without any pixel, all are zero
   */
  public static float[] box(Segmentation mask) {
    return switch (mask) {
      case Polygons polygons -> pointBox(polygons);
      case Rle rle -> pixelBox(rle);
      case Segmentation.CompressedRle packed ->
          pixelBox(packed.rasterise(packed.height(), packed.width()));
      case Segmentation.Absent _ -> throw new IllegalArgumentException("there is no mask");
    };
  }

  private static float[] pointBox(Polygons polygons) {
    float[] box = {Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY, 0, 0};
    for (double[] ring : polygons.rings()) {
      for (int i = 0; i < ring.length; i++) {
        int side = i % 2;
        box[side] = Math.min(box[side], (float) ring[i]);
        box[side + 2] = Math.max(box[side + 2], (float) ring[i]);
      }
    }
    return box;
  }

  private static float[] pixelBox(Rle rle) {
    int left = Integer.MAX_VALUE;
    int top = Integer.MAX_VALUE;
    int right = 0;
    int bottom = 0;
    int at = 0;
    int[] counts = rle.counts();
    for (int i = 0; i < counts.length; i++) {
      int end = at + counts[i];
      if (i % 2 == 1 && end > at) {
        int lastColumn = (end - 1) / rle.height();
        boolean wraps = lastColumn > at / rle.height();
        left = Math.min(left, at / rle.height());
        right = Math.max(right, lastColumn + 1);
        top = wraps ? 0 : Math.min(top, at % rle.height());
        bottom = wraps ? rle.height() : Math.max(bottom, (end - 1) % rle.height() + 1);
      }
      at = end;
    }
    return right == 0 ? new float[4] : new float[] {left, top, right, bottom};
  }
}
