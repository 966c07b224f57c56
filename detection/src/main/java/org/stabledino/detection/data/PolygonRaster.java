package org.stabledino.detection.data;

import java.util.Arrays;

/**
 * From a polygon to pixels with the very integers of COCO's mask code, on which annotated areas and
 * mask metrics rest.
 *
 * <p>The outline is walked on a grid five times as fine. Where the walk passes the middle of a
 * column of pixels, the row it passes at is noted; sorted down the columns, these places are where
 * the runs of the mask begin and end.
 */
final class PolygonRaster {
  private static final int SCALE = 5;

  /** Pixels from the origin; no image reaches as far, and farther outlines would take minutes. */
  private static final double REACH = 100_000;

  private final int height;
  private final int width;

  /** Where runs change, as places in the mask counted down the columns. */
  private int[] borders = new int[64];

  private int used;

  /** The grid point of the walk before the present one. */
  private int lastX;

  private int lastY;
  private boolean started;

  private PolygonRaster(int height, int width) {
    this.height = height;
    this.width = width;
  }

  /** The union of all valid pieces. */
  static Rle fill(Polygons polygons, int height, int width) {
    Rle union = null;
    for (double[] ring : polygons.validRings()) {
      Rle piece = fill(ring, height, width);
      union = union == null ? piece : union.union(piece);
    }
    return union == null ? new Rle(height, width, new int[] {height * width}) : union;
  }

  /**
   * The pixels of one piece.
   *
   * @param ring x0, y0, x1, y1, …; the last point is joined to the first
   * @param height rows of the mask
   * @param width columns of the mask
   * @throws IllegalArgumentException if a point is not finite or lies absurdly far outside
   */
  static Rle fill(double[] ring, int height, int width) {
    for (double value : ring) {
      if (!(Math.abs(value) <= REACH)) {
        throw new IllegalArgumentException(
            "a polygon has a point at " + value + ", more than 100,000 pixels from the image");
      }
    }
    PolygonRaster raster = new PolygonRaster(height, width);
    int points = ring.length / 2;
    for (int i = 0; i < points; i++) {
      int next = (i + 1) % points;
      raster.walk(
          grid(ring[2 * i]), grid(ring[2 * i + 1]), grid(ring[2 * next]), grid(ring[2 * next + 1]));
    }
    return raster.runs();
  }

  private static int grid(double value) {
    return (int) (SCALE * value + 0.5);
  }

  /** Visits the grid points of an edge, from its smaller end so that both directions agree. */
  private void walk(int fromX, int fromY, int toX, int toY) {
    int dx = Math.abs(toX - fromX);
    int dy = Math.abs(toY - fromY);
    boolean flat = dx >= dy;
    boolean backwards = flat ? fromX > toX : fromY > toY;
    int startX = backwards ? toX : fromX;
    int startY = backwards ? toY : fromY;
    int endX = backwards ? fromX : toX;
    int endY = backwards ? fromY : toY;
    double slope = flat ? (double) (endY - startY) / dx : (double) (endX - startX) / dy;
    int length = Math.max(dx, dy);
    for (int d = 0; d <= length; d++) {
      int t = backwards ? length - d : d;
      if (flat) {
        visit(t + startX, (int) (startY + slope * t + 0.5));
      } else {
        visit((int) (startX + slope * t + 0.5), t + startY);
      }
    }
  }

  private void visit(int x, int y) {
    if (started && x != lastX) {
      double column = ((x < lastX ? x : x - 1) + 0.5) / SCALE - 0.5;
      if (Math.floor(column) == column && column >= 0 && column <= width - 1) {
        double row = Math.clamp((Math.min(y, lastY) + 0.5) / SCALE - 0.5, 0, height);
        note((int) column * height + (int) Math.ceil(row));
      }
    }
    started = true;
    lastX = x;
    lastY = y;
  }

  private void note(int border) {
    if (used == borders.length) {
      borders = Arrays.copyOf(borders, 2 * used);
    }
    borders[used++] = border;
  }

  /** Sorted borders become run lengths; two at the same place cancel. */
  private Rle runs() {
    note(height * width);
    Arrays.sort(borders, 0, used);
    int[] runs = new int[used];
    int count = 0;
    int before = 0;
    for (int i = 0; i < used; i++) {
      int run = borders[i] - before;
      before = borders[i];
      if (run > 0 || count == 0) {
        runs[count++] = run;
      } else if (i + 1 < used) {
        i++;
        runs[count - 1] += borders[i] - before;
        before = borders[i];
      }
    }
    return new Rle(height, width, Arrays.copyOf(runs, count));
  }
}
