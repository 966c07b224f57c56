package org.stabledino.detection.data;

/**
 * The mask of an annotation, kept in the form of the file: polygons for single objects, run lengths
 * for crowds and results.
 */
public sealed interface Segmentation
    permits Segmentation.Absent, Polygons, Segmentation.CompressedRle, Rle {

  /** The one {@link Absent}. */
  Segmentation ABSENT = new Absent();

  /** The annotation has no mask. */
  record Absent() implements Segmentation {}

  /**
   * Run lengths in COCO's character code, unpacked only where needed.
   *
   * @param height rows of the mask
   * @param width columns of the mask
   * @param counts the coded runs
   */
  record CompressedRle(int height, int width, String counts) implements Segmentation {}

  /**
   * The pixels inside, by COCO's rules: a polygon's pieces are drawn one by one and united; pieces
   * of fewer than three points are left out.
   *
   * @param height rows of the image
   * @param width columns of the image
   * @return run lengths of exactly this size
   * @throws IllegalArgumentException if there is no mask, its code is damaged, it has another size,
   *     or a polygon lies absurdly far outside
   */
  default Rle rasterise(int height, int width) {
    Rle mask =
        switch (this) {
          case Absent _ -> throw new IllegalArgumentException("there is no mask");
          case Polygons polygons -> PolygonRaster.fill(polygons, height, width);
          case CompressedRle packed -> Rle.parse(packed.height(), packed.width(), packed.counts());
          case Rle plain -> plain;
        };
    if (mask.height() != height || mask.width() != width) {
      throw new IllegalArgumentException(
          "the mask has %d x %d pixels, the image %d x %d (width x height)"
              .formatted(mask.width(), mask.height(), width, height));
    }
    return mask;
  }
}
