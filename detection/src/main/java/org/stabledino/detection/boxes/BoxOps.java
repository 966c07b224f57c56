package org.stabledino.detection.boxes;

/** Conversions between the two forms of a box. */
public final class BoxOps {
  private BoxOps() {}

  /**
   * Centre and size to corners: {@code (cx - w/2, cy - h/2, cx + w/2, cy + h/2)}.
   *
   * @param boxes (cx, cy, w, h), shape [N, 4]
   * @return (x1, y1, x2, y2), shape [N, 4]
   */
  public static float[] toXyxy(float[] boxes) {
    float[] corners = new float[boxes.length];
    for (int i = 0; i < boxes.length; i += 4) {
      float halfWidth = 0.5f * boxes[i + 2];
      float halfHeight = 0.5f * boxes[i + 3];
      corners[i] = boxes[i] - halfWidth;
      corners[i + 1] = boxes[i + 1] - halfHeight;
      corners[i + 2] = boxes[i] + halfWidth;
      corners[i + 3] = boxes[i + 1] + halfHeight;
    }
    return corners;
  }

  /**
   * Corners to centre and size: {@code ((x1 + x2)/2, (y1 + y2)/2, x2 - x1, y2 - y1)}.
   *
   * @param corners (x1, y1, x2, y2), shape [N, 4]
   * @return (cx, cy, w, h), shape [N, 4]
   */
  public static float[] toCxcywh(float[] corners) {
    float[] boxes = new float[corners.length];
    for (int i = 0; i < boxes.length; i += 4) {
      boxes[i] = (corners[i] + corners[i + 2]) / 2;
      boxes[i + 1] = (corners[i + 1] + corners[i + 3]) / 2;
      boxes[i + 2] = corners[i + 2] - corners[i];
      boxes[i + 3] = corners[i + 3] - corners[i + 1];
    }
    return boxes;
  }
}
