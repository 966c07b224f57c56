package org.stabledino.detection.scenes;

/**
 * One object before it has a place: its form and how it is painted.
 *
 * @param kind its class
 * @param outline its edge around the origin
 * @param size its edge length were it a square of the same area, in pixels
 * @param cosine of its rotation
 * @param sine of its rotation
 * @param color its base colour
 */
record Shape(ShapeClass kind, Outline outline, double size, double cosine, double sine, Rgb color) {

  /**
   * Brightness of the surface relative to the base colour: the texture that, beside the form, tells
   * the classes apart.
   *
   * @param x pixels right of the centre
   * @param y pixels below the centre
   * @param distance signed distance to the edge, negative inside
   * @return about 0.5 (dark) to 1.4 (glossy)
   */
  double brightness(double x, double y, double distance) {
    // Along the shape's own axes, in units of its size.
    double u = (x * cosine + y * sine) / size;
    double v = (y * cosine - x * sine) / size;
    return switch (kind) {
      case DISC -> {
        // A ball lit from the upper left.
        double far = Math.sqrt((u + 0.2) * (u + 0.2) + (v + 0.22) * (v + 0.22));
        yield 1.36 - 0.95 * far;
      }
      case BOX -> mix(1.04, 0.66, Ramp.step(distance / size + 0.15, 1 / size));
      case TRIANGLE -> {
        double band = v * 3.6 + 8;
        double edge = Math.abs(band - Math.floor(band) - 0.5) - 0.25;
        yield mix(1.1, 0.62, Ramp.step(edge / 3.6, 1 / size));
      }
      case STAR -> 0.66 + 0.52 * facet(u, v);
      case RING -> {
        // Brightest halfway between the two edges, as a tube is.
        double depth = Math.min(-distance / (0.19 * size), 1);
        yield 0.62 + 0.6 * Math.max(depth, 0);
      }
      case CROSS -> mix(0.6, 1, Ramp.step(Math.sqrt(u * u + v * v) - 0.2, 1 / size));
    };
  }

  /** 1 on the lit half of each of the five points, 0 on the other, soft where they meet. */
  private double facet(double u, double v) {
    double lit = 0;
    double nearest = -2;
    for (int point = 0; point < 5; point++) {
      double along = u * STAR_SINE[2 * point] - v * STAR_COSINE[2 * point];
      double across = u * STAR_COSINE[2 * point] + v * STAR_SINE[2 * point];
      if (along > nearest) {
        nearest = along;
        lit = Ramp.step(across, 1 / size);
      }
    }
    return lit;
  }

  /** Directions of the star's ten corners, clockwise from the upper one. */
  static final double[] STAR_SINE = new double[10];

  /** Cosines to {@link #STAR_SINE}. */
  static final double[] STAR_COSINE = new double[10];

  static {
    for (int i = 0; i < 10; i++) {
      STAR_SINE[i] = StrictMath.sin(Math.PI * i / 5);
      STAR_COSINE[i] = StrictMath.cos(Math.PI * i / 5);
    }
  }

  private static double mix(double low, double high, double share) {
    return low + (high - low) * share;
  }
}
