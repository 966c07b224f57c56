package org.stabledino.detection.scenes;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The edge of a shape around the origin, in pixels, y downwards.
 *
 * <p>Only additions, products, quotients and square roots enter a distance, all exactly rounded by
 * IEEE 754, so that a shape has the same pixels on every machine.
 */
sealed interface Outline {
  /** Corners that a curve gets when it is written as a polygon. */
  int CURVE_CORNERS = 48;

  /**
   * Signed distances to the edge, negative inside, of the points (firstX + i, y).
   *
   * @param row where they go
   */
  void distances(double firstX, double y, float[] row);

  /** Half the width of a box around the origin that holds the shape. */
  double reachX();

  /** Half the height of a box around the origin that holds the shape. */
  double reachY();

  /** Whether one polygon without holes describes the shape. */
  boolean simple();

  /** The edge as x, y pairs; for a shape with a hole, its outer edge. */
  double[] corners();

  /**
   * A polygon, convex or not.
   *
   * @param xs abscissae of the corners
   * @param ys ordinates of the corners
   * @param inverseSquares 1 / squared length of the edge from corner i - 1 to corner i
   */
  record Polygon(double[] xs, double[] ys, double[] inverseSquares) implements Outline {
    Polygon(double[] xs, double[] ys) {
      this(xs, ys, new double[xs.length]);
      for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
        double edgeX = xs[j] - xs[i];
        double edgeY = ys[j] - ys[i];
        inverseSquares[i] = 1 / (edgeX * edgeX + edgeY * edgeY);
      }
    }

    @Override
    public void distances(double firstX, double y, float[] row) {
      Arrays.fill(row, Float.MAX_VALUE);
      for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
        nearer(
            row,
            (float) (firstX - xs[i]),
            (float) (y - ys[i]),
            (float) (xs[j] - xs[i]),
            (float) (ys[j] - ys[i]),
            (float) inverseSquares[i]);
      }
      for (int x = 0; x < row.length; x++) {
        row[x] = (float) Math.sqrt(row[x]);
      }
      for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
        if ((ys[i] > y) != (ys[j] > y)) {
          double crossing = (xs[j] - xs[i]) * (y - ys[i]) / (ys[j] - ys[i]) + xs[i];
          flipLeftOf(row, crossing - firstX);
        }
      }
    }

    /** Lowers the squared distances of a row to those from one edge; plain enough to vectorise. */
    private static void nearer(
        float[] row, float toX, float toY, float edgeX, float edgeY, float inverseSquare) {
      for (int x = 0; x < row.length; x++) {
        float dx = toX + x;
        float along = Math.max(0, Math.min(1, (dx * edgeX + toY * edgeY) * inverseSquare));
        float offX = dx - edgeX * along;
        float offY = toY - edgeY * along;
        row[x] = Math.min(row[x], offX * offX + offY * offY);
      }
    }

    /** Even-odd rule: who crosses an odd number of edges on the way to the right is inside. */
    private static void flipLeftOf(float[] row, double crossing) {
      for (int x = 0; x < row.length && x < crossing; x++) {
        row[x] = -row[x];
      }
    }

    @Override
    public double reachX() {
      return reach(xs);
    }

    @Override
    public double reachY() {
      return reach(ys);
    }

    @Override
    public boolean simple() {
      return true;
    }

    @Override
    public double[] corners() {
      return IntStream.range(0, 2 * xs.length)
          .mapToDouble(i -> i % 2 == 0 ? xs[i / 2] : ys[i / 2])
          .toArray();
    }

    private static double reach(double[] values) {
      double reach = 0;
      for (double value : values) {
        reach = Math.max(reach, Math.abs(value));
      }
      return reach;
    }
  }

  /**
   * An ellipse with its axes along x and y, full or with a hole of the same form.
   *
   * @param radiusX half the width
   * @param radiusY half the height
   * @param hole the hole's size relative to the ellipse; 0 for none
   */
  record Ellipse(double radiusX, double radiusY, double hole) implements Outline {
    @Override
    public void distances(double firstX, double y, float[] row) {
      for (int i = 0; i < row.length; i++) {
        double x = firstX + i;
        double outer = edge(x, y, radiusX, radiusY);
        double distance =
            hole == 0 ? outer : Math.max(outer, -edge(x, y, hole * radiusX, hole * radiusY));
        row[i] = (float) distance;
      }
    }

    /** To first order: level over the length of its gradient; exact for a circle. */
    private static double edge(double x, double y, double radiusX, double radiusY) {
      double ux = x / radiusX;
      double uy = y / radiusY;
      double level = Math.sqrt(ux * ux + uy * uy);
      double gx = ux / radiusX;
      double gy = uy / radiusY;
      double gradient = Math.sqrt(gx * gx + gy * gy);
      return gradient == 0 ? -Math.min(radiusX, radiusY) : level * (level - 1) / gradient;
    }

    @Override
    public double reachX() {
      return radiusX;
    }

    @Override
    public double reachY() {
      return radiusY;
    }

    @Override
    public boolean simple() {
      return hole == 0;
    }

    @Override
    public double[] corners() {
      double[] corners = new double[2 * CURVE_CORNERS];
      for (int i = 0; i < CURVE_CORNERS; i++) {
        double angle = 2 * Math.PI * i / CURVE_CORNERS;
        corners[2 * i] = radiusX * StrictMath.cos(angle);
        corners[2 * i + 1] = radiusY * StrictMath.sin(angle);
      }
      return corners;
    }
  }
}
