package org.stabledino.detection.data;

/**
 * The mask of an annotation, kept in the form of the file: polygons for single objects, run lengths
 * for crowds and results.
 */
public sealed interface Segmentation
    permits Segmentation.Absent, Segmentation.Polygons, Segmentation.CompressedRle, Rle {

  /** The one {@link Absent}. */
  Segmentation ABSENT = new Absent();

  /** The annotation has no mask. */
  record Absent() implements Segmentation {}

  /**
   * An outline, in several pieces where the object is partly hidden.
   *
   * @param rings per piece the points x0, y0, x1, y1, … in pixels; as in the file, also where a
   *     piece is invalid
   */
  record Polygons(double[][] rings) implements Segmentation {

    /**
     * Whether any piece encloses something. The reference drops annotations where none does, also
     * when only boxes are learnt.
     *
     * @return true where a piece has at least three whole points
     */
    public boolean anyValid() {
      for (double[] ring : rings) {
        if (ring.length >= 6 && ring.length % 2 == 0) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Run lengths in COCO's character code, unpacked only where needed.
   *
   * @param height rows of the mask
   * @param width columns of the mask
   * @param counts the coded runs
   */
  record CompressedRle(int height, int width, String counts) implements Segmentation {

    /**
     * Unpacks the runs.
     *
     * @return the same mask with plain run lengths
     * @throws IllegalArgumentException if the code is damaged or does not cover the mask
     */
    public Rle unpack() {
      return Rle.parse(height, width, counts);
    }
  }
}
