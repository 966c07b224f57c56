package org.stabledino.detection.scenes;

/**
 * Renders one scene: a textured ground, up to eight shapes that cover one another in part, light
 * from one side, sometimes grain.
 *
 * <p>The result depends on (seed, size, split, index) alone: every draw comes from that scene's own
 * stream, and all arithmetic is exactly specified by Java. The figures below are for 160 pixels;
 * everything scales with the size.
 */
public final class SceneRenderer {
  /** One scene in so many is empty, one in each run of that length. */
  private static final int EMPTY_PERIOD = 25;

  /** One scene in so many has a crowd, unless it is the empty one. */
  private static final int CROWD_PERIOD = 40;

  private static final double REFERENCE_SIZE = 160;
  private static final int MAX_OBJECTS = 5;

  /** A large object would vanish under many others. */
  private static final int MAX_OBJECTS_WITH_LARGE = 4;

  private static final double LARGE_CHANCE = 0.15;
  private static final double NEIGHBOUR_CHANCE = 0.2;
  private static final int ATTEMPTS = 12;

  private final int size;
  private final double scale;
  private final SceneRandom random;
  private final Canvas canvas;
  private final Backdrop backdrop;

  private SceneRenderer(int size, SceneRandom random) {
    this.size = size;
    this.random = random;
    scale = size / REFERENCE_SIZE;
    canvas = new Canvas(size);
    backdrop = new Backdrop(size, random);
  }

  /**
   * Renders a scene.
   *
   * @param options seed and size are read
   * @param split which split it belongs to
   * @param index its number within the split, from 0
   * @return the picture and its annotations
   */
  public static Scene render(SceneOptions options, SceneSplit split, int index) {
    long seed = options.seed();
    SceneRandom random = SceneRandom.of(seed, split.ordinal(), index);
    SceneRenderer renderer = new SceneRenderer(options.size(), random);
    renderer.backdrop.paint(renderer.canvas.rgb);
    if (!isChosen(seed, split, index, EMPTY_PERIOD)) {
      boolean crowd = isChosen(seed, split, index, CROWD_PERIOD);
      if (crowd) {
        renderer.placeCrowd();
      }
      renderer.placeObjects(crowd);
    }
    return new Scene(options.size(), renderer.develop(), renderer.canvas.objects());
  }

  /** Picks one index at random out of each run of {@code period}, so that shares hold exactly. */
  private static boolean isChosen(long seed, SceneSplit split, int index, int period) {
    SceneRandom choice = SceneRandom.of(seed ^ period, split.ordinal(), index / period);
    return choice.below(period) == index % period;
  }

  private void placeObjects(boolean crowd) {
    boolean large = !crowd && random.chance(LARGE_CHANCE);
    int count = 1 + random.below(large ? MAX_OBJECTS_WITH_LARGE : MAX_OBJECTS);
    double[] sizes = new double[count];
    for (int i = 0; i < count; i++) {
      sizes[i] = scale * random.logBetween(24, 66);
    }
    if (large) {
      sizes[0] = scale * random.between(99, 112);
    }
    sortRoughly(sizes);
    for (double wanted : sizes) {
      Stamp stamp = new Stamp(drawShape(wanted));
      boolean placed = false;
      for (int attempt = 0; attempt < ATTEMPTS && !placed; attempt++) {
        placed = tryPlace(stamp);
      }
    }
  }

  /** Larger shapes tend to lie behind smaller ones, but not always. */
  private void sortRoughly(double[] sizes) {
    double[] keys = new double[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      keys[i] = sizes[i] * random.between(0.5, 1.5);
      for (int j = i; j > 0 && keys[j] > keys[j - 1]; j--) {
        double key = keys[j];
        keys[j] = keys[j - 1];
        keys[j - 1] = key;
        double value = sizes[j];
        sizes[j] = sizes[j - 1];
        sizes[j - 1] = value;
      }
    }
  }

  private boolean tryPlace(Stamp stamp) {
    double x;
    double y;
    if (canvas.itemCount() > 0 && random.chance(NEIGHBOUR_CHANCE)) {
      // Beside an object that is there already, so that occlusion is common.
      int other = random.below(canvas.itemCount());
      x = canvas.centerX(other) + random.between(-1.6, 1.6) * stamp.centerX;
      y = canvas.centerY(other) + random.between(-1.6, 1.6) * stamp.centerY;
    } else {
      x = random.between(0, size);
      y = random.between(0, size);
    }
    return canvas.place(stamp, clampCenter(x, stamp.centerX), clampCenter(y, stamp.centerY));
  }

  /** Keeps most of a shape inside; one that is as wide as the image goes to the middle. */
  private int clampCenter(double center, int reach) {
    double border = Math.min(reach < 0.35 * size ? 0.7 * reach : reach, 0.5 * size);
    return (int) Math.clamp(center, border, size - border);
  }

  /** Many small shapes of one class close together, annotated as one. */
  private void placeCrowd() {
    ShapeClass kind = drawKind();
    int wanted = 16 + random.below(13);
    double centerX = size * random.between(0.25, 0.75);
    double centerY = size * random.between(0.25, 0.75);
    double reach = scale * random.between(24, 34);
    boolean first = true;
    for (int attempt = 0; attempt < 4 * wanted && wanted > 0; attempt++) {
      double dx = random.between(-1, 1);
      double dy = random.between(-1, 1);
      Shape shape = ShapeFactory.draw(kind, scale * random.between(6, 9), backdrop.mean(), random);
      if (dx * dx + dy * dy < 1) {
        int x = (int) (centerX + reach * dx);
        int y = (int) (centerY + reach * dy);
        if (canvas.placeInCrowd(new Stamp(shape), x, y, first)) {
          first = false;
          wanted--;
        }
      }
    }
  }

  private Shape drawShape(double wanted) {
    return ShapeFactory.draw(drawKind(), wanted, backdrop.mean(), random);
  }

  private ShapeClass drawKind() {
    return ShapeClass.values()[random.below(ShapeClass.values().length)];
  }

  /** Adds light and grain and rounds to bytes. */
  private byte[] develop() {
    double strength = random.between(0, 0.3);
    double angle = random.between(0, 2 * Math.PI);
    double slopeX = strength * StrictMath.cos(angle) / size;
    double slopeY = strength * StrictMath.sin(angle) / size;
    double grain = random.chance(1.0 / 3) ? random.between(0.01, 0.035) : 0;
    byte[] pixels = new byte[canvas.rgb.length];
    for (int y = 0, at = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        double light = 1.02 + slopeX * (x - 0.5 * size) + slopeY * (y - 0.5 * size);
        double offset = grain == 0 ? 0 : grain * random.between(-1, 1);
        for (int channel = 0; channel < 3; channel++, at++) {
          double value = Ramp.unit(canvas.rgb[at] * light + offset);
          pixels[at] = (byte) (int) (255 * value + 0.5);
        }
      }
    }
    return pixels;
  }
}
