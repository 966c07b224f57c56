package org.stabledino.detection.scenes;

/** A shape rasterised once, to be tried at several places of the canvas by whole pixels. */
final class Stamp {
  /** Room around the shape for its soft edge and its shadow, pixels. */
  private static final int MARGIN = 5;

  final Shape shape;

  /** Pixels from the stamp's corner to the shape's centre. */
  final int centerX;

  /** Pixels from the stamp's corner to the shape's centre. */
  final int centerY;

  final int width;
  final int height;

  /** Signed distances at the pixel centres, row by row: height x width. */
  final float[] distance;

  /** How many pixels have their centre inside. */
  final int area;

  Stamp(Shape shape) {
    this.shape = shape;
    centerX = (int) Math.ceil(shape.outline().reachX()) + MARGIN;
    centerY = (int) Math.ceil(shape.outline().reachY()) + MARGIN;
    width = 2 * centerX;
    height = 2 * centerY;
    distance = new float[width * height];
    int inside = 0;
    float[] row = new float[width];
    for (int y = 0, at = 0; y < height; y++) {
      shape.outline().distances(0.5 - centerX, y + 0.5 - centerY, row);
      for (int x = 0; x < width; x++, at++) {
        distance[at] = row[x];
        inside += distance[at] < 0 ? 1 : 0;
      }
    }
    area = inside;
  }
}
