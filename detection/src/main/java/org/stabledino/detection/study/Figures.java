package org.stabledino.detection.study;

import java.awt.geom.Rectangle2D;

/** What several figures need. */
final class Figures {
  private Figures() {}

  /** The height of a panel that shows the whole picture, limited for very tall ones. */
  static double panelHeight(Observation seen, double width) {
    double ratio = (double) seen.picture().getHeight() / seen.picture().getWidth();
    return width * Math.clamp(ratio, 0.4, 1.5);
  }

  /**
   * A square window in pixels around a box, with some room, inside of the picture where that is
   * possible.
   *
   * @param seen the picture
   * @param bounds what is to be seen, in fractions of the picture
   * @param room how many times as large as the bounds
   * @param smallest least side, as a part of the picture's shorter side
   */
  static Rectangle2D window(Observation seen, Rectangle2D bounds, double room, double smallest) {
    double width = seen.picture().getWidth();
    double height = seen.picture().getHeight();
    double side =
        Math.max(
            room * Math.max(bounds.getWidth() * width, bounds.getHeight() * height),
            smallest * Math.min(width, height));
    double w = side / width;
    double h = side / height;
    return new Rectangle2D.Double(
        start(bounds.getCenterX(), w), start(bounds.getCenterY(), h), w, h);
  }

  /** Where an extent starts that is centred as far as the picture's borders allow. */
  private static double start(double centre, double extent) {
    return extent >= 1 ? 0.5 - extent / 2 : Math.clamp(centre - extent / 2, 0, 1 - extent);
  }

  static Rectangle2D bounds(float[] boxes, int index) {
    return new Rectangle2D.Double(
        boxes[4 * index] - boxes[4 * index + 2] / 2,
        boxes[4 * index + 1] - boxes[4 * index + 3] / 2,
        boxes[4 * index + 2],
        boxes[4 * index + 3]);
  }
}
