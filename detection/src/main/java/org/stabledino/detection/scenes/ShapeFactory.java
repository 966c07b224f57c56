package org.stabledino.detection.scenes;

/** Draws shapes: form, rotation, proportions and colour, for a wanted area. */
final class ShapeFactory {
  /** A shape's colour is at least this far from the mean colour of the ground. */
  private static final double MIN_CONTRAST = 0.38;

  private ShapeFactory() {}

  /**
   * A random shape of a class.
   *
   * @param kind its class
   * @param size edge length of the square of the same area, pixels
   * @param ground mean colour of what lies behind
   * @param random where the draws come from
   */
  static Shape draw(ShapeClass kind, double size, Rgb ground, SceneRandom random) {
    double aspect = Math.sqrt(random.logBetween(0.72, 1.38));
    double angle = random.between(-1, 1) * turn(kind);
    double cosine = StrictMath.cos(angle);
    double sine = StrictMath.sin(angle);
    Outline outline =
        switch (kind) {
          case DISC -> ellipse(size, softer(aspect), 0);
          case RING -> ellipse(size, softer(aspect), random.between(0.5, 0.62));
          case BOX -> polygon(BOX, size, aspect, cosine, sine);
          case TRIANGLE -> polygon(TRIANGLE, size, aspect, cosine, sine);
          case STAR -> polygon(star(random.between(0.44, 0.52)), size, 1, cosine, sine);
          case CROSS ->
              polygon(cross(random.between(0.3, 0.4)), size, softer(aspect), cosine, sine);
        };
    return new Shape(kind, outline, size, cosine, sine, color(ground, random));
  }

  /** Largest rotation, radians: enough to vary, too little to turn a box into a diamond. */
  private static double turn(ShapeClass kind) {
    return switch (kind) {
      case DISC, RING -> 0;
      case BOX, CROSS -> Math.PI / 9;
      case TRIANGLE -> Math.PI / 7;
      case STAR -> Math.PI / 5;
    };
  }

  /** Round things vary less in their proportions. */
  private static double softer(double aspect) {
    return Math.sqrt(aspect);
  }

  private static Rgb color(Rgb ground, SceneRandom random) {
    while (true) {
      Rgb color = Rgb.hsv(random.unit(), random.between(0.45, 0.95), random.between(0.6, 0.98));
      if (color.distance(ground) >= MIN_CONTRAST) {
        return color;
      }
    }
  }

  private static Outline.Ellipse ellipse(double size, double aspect, double hole) {
    double radius = size / Math.sqrt(Math.PI * (1 - hole * hole));
    return new Outline.Ellipse(radius * aspect, radius / aspect, hole);
  }

  private static final double[][] BOX = {{-1, 1, 1, -1}, {-1, -1, 1, 1}};
  private static final double[][] TRIANGLE = {{0, 1, -1}, {-1.16, 0.58, 0.58}};

  /** Five points upwards; the inner corners lie at {@code inner} of the outer radius. */
  private static double[][] star(double inner) {
    double[][] corners = new double[2][10];
    for (int i = 0; i < 10; i++) {
      double radius = i % 2 == 0 ? 1 : inner;
      corners[0][i] = radius * Shape.STAR_SINE[i];
      corners[1][i] = -radius * Shape.STAR_COSINE[i];
    }
    return corners;
  }

  /** A plus whose bars are {@code bar} as thick as they are long. */
  private static double[][] cross(double bar) {
    return new double[][] {
      {-bar, bar, bar, 1, 1, bar, bar, -bar, -bar, -1, -1, -bar},
      {-1, -1, -bar, -bar, bar, bar, 1, 1, bar, bar, -bar, -bar}
    };
  }

  /** Stretches the unit form by {@code aspect}, scales it to the area size * size, and turns it. */
  private static Outline.Polygon polygon(
      double[][] unit, double size, double aspect, double cosine, double sine) {
    int n = unit[0].length;
    double twiceArea = 0;
    for (int i = 0, j = n - 1; i < n; j = i++) {
      twiceArea += unit[0][j] * unit[1][i] - unit[0][i] * unit[1][j];
    }
    double scale = size / Math.sqrt(Math.abs(twiceArea) / 2);
    double[] xs = new double[n];
    double[] ys = new double[n];
    for (int i = 0; i < n; i++) {
      double x = unit[0][i] * scale * aspect;
      double y = unit[1][i] * scale / aspect;
      xs[i] = x * cosine - y * sine;
      ys[i] = x * sine + y * cosine;
    }
    return new Outline.Polygon(xs, ys);
  }
}
