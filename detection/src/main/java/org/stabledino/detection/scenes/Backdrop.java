package org.stabledino.detection.scenes;

/** The ground of a scene: a texture of two related colours and some faint strokes. */
final class Backdrop {
  private enum Texture {
    CLOUDS,
    STRIPES,
    CHECKER,
    GRADIENT,
    DOTS
  }

  private final Texture texture;
  private final Rgb dark;
  private final Rgb light;
  private final double period;
  private final double cosine;
  private final double sine;
  private final double shiftX;
  private final double shiftY;
  private final int canvasSize;
  private final ValueNoise coarse;
  private final ValueNoise fine;
  private final Stroke[] strokes;

  Backdrop(int canvasSize, SceneRandom random) {
    this.canvasSize = canvasSize;
    texture = Texture.values()[random.below(Texture.values().length)];
    double hue = random.unit();
    double saturation = random.between(0.05, 0.34);
    double value = random.between(0.3, 0.82);
    double contrast = random.between(0.05, 0.13);
    dark = Rgb.hsv(hue, saturation, value);
    light =
        Rgb.hsv((hue + random.between(0, 0.08)) % 1, saturation * random.unit(), value + contrast);
    period = canvasSize * random.between(0.08, 0.2);
    double angle = random.between(0, Math.PI);
    cosine = StrictMath.cos(angle);
    sine = StrictMath.sin(angle);
    shiftX = random.between(0, 100);
    shiftY = random.between(0, 100);
    coarse = new ValueNoise(random.nextLong());
    fine = new ValueNoise(random.nextLong());
    strokes = new Stroke[random.below(7)];
    for (int i = 0; i < strokes.length; i++) {
      strokes[i] = Stroke.draw(canvasSize, random);
    }
  }

  /** The colour that shapes must stand out from. */
  Rgb mean() {
    return mix(0.5);
  }

  /** Fills the image. @param rgb size x size x 3 */
  void paint(float[] rgb) {
    for (int y = 0, at = 0; y < canvasSize; y++) {
      for (int x = 0; x < canvasSize; x++, at += 3) {
        Rgb color = mix(pattern(x, y));
        rgb[at] = (float) color.red();
        rgb[at + 1] = (float) color.green();
        rgb[at + 2] = (float) color.blue();
      }
    }
    for (Stroke stroke : strokes) {
      stroke.paint(rgb, canvasSize);
    }
  }

  private Rgb mix(double share) {
    return new Rgb(
        dark.red() + (light.red() - dark.red()) * share,
        dark.green() + (light.green() - dark.green()) * share,
        dark.blue() + (light.blue() - dark.blue()) * share);
  }

  /** Where between the dark and the light colour a pixel lies, 0..1. */
  private double pattern(int x, int y) {
    double u = (x * cosine + y * sine + shiftX) / period;
    double v = (y * cosine - x * sine + shiftY) / period;
    return switch (texture) {
      case CLOUDS -> 0.65 * coarse.at(u, v) + 0.35 * fine.at(2.7 * u, 2.7 * v);
      case STRIPES -> soft(wave(u) - 0.25);
      case CHECKER -> {
        double a = 2 * soft(wave(u / 1.4) - 0.25) - 1;
        double b = 2 * soft(wave(v / 1.4) - 0.25) - 1;
        yield 0.5 + 0.5 * a * b;
      }
      case GRADIENT ->
          Ramp.step(u * period - shiftX, 1.4 * canvasSize) * 0.8 + 0.2 * coarse.at(u, v);
      case DOTS -> {
        double a = u - Math.floor(u) - 0.5;
        double b = v - Math.floor(v) - 0.5;
        yield soft(0.24 - Math.sqrt(a * a + b * b));
      }
    };
  }

  /** A triangle wave of period 1 between 0 and 0.5. */
  private static double wave(double t) {
    return Math.abs(t - Math.floor(t) - 0.5);
  }

  /** A step at zero that is two pixels wide. */
  private double soft(double value) {
    return Ramp.step(value, 2 / period);
  }

  /** A faint straight mark that belongs to no class. */
  private record Stroke(
      double x, double y, double edgeX, double edgeY, double halfWidth, double light) {

    static Stroke draw(int canvasSize, SceneRandom random) {
      double reach = 0.25 * canvasSize;
      return new Stroke(
          random.between(0, canvasSize),
          random.between(0, canvasSize),
          random.between(-reach, reach),
          random.between(-reach, reach),
          random.between(0.4, 2.2),
          random.between(-0.09, 0.09));
    }

    /** Visits only the pixels of the box around the stroke. */
    void paint(float[] rgb, int canvasSize) {
      int room = (int) halfWidth + 2;
      int left = Math.max((int) Math.min(x, x + edgeX) - room, 0);
      int top = Math.max((int) Math.min(y, y + edgeY) - room, 0);
      int right = Math.min((int) Math.max(x, x + edgeX) + room, canvasSize);
      int bottom = Math.min((int) Math.max(y, y + edgeY) + room, canvasSize);
      for (int py = top; py < bottom; py++) {
        for (int px = left; px < right; px++) {
          float lighter = (float) at(px + 0.5, py + 0.5);
          for (int at = 3 * (py * canvasSize + px), end = at + 3; at < end; at++) {
            rgb[at] += lighter;
          }
        }
      }
    }

    /** How much lighter the stroke makes the point. */
    private double at(double px, double py) {
      double toX = px - x;
      double toY = py - y;
      double length2 = edgeX * edgeX + edgeY * edgeY;
      double along = Ramp.unit((toX * edgeX + toY * edgeY) / length2);
      double offX = toX - along * edgeX;
      double offY = toY - along * edgeY;
      double distance = Math.sqrt(offX * offX + offY * offY);
      return light * Ramp.unit(halfWidth + 0.5 - distance);
    }
  }
}
