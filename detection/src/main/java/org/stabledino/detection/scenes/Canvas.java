package org.stabledino.detection.scenes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The picture under work: its colours, and for each pixel the object seen there.
 *
 * <p>Objects come back to front. A new one is taken only where enough of itself lies inside the
 * image and enough of every object that it covers stays visible.
 */
final class Canvas {
  /** The owner of a pixel that shows the ground. */
  private static final int GROUND = -1;

  /** At least so much of a shape lies inside the image. */
  private static final double MIN_INSIDE = 0.7;

  /** At least so much of an object stays visible. */
  private static final double MIN_VISIBLE = 0.6;

  /** At least so much of a crowd stays visible. */
  private static final double MIN_VISIBLE_CROWD = 0.8;

  private static final int SHADOW_SHIFT = 2;
  private static final double SHADOW_BLUR = 3;

  /** One annotation to be: a shape, or all shapes of a crowd. */
  private static final class Item {
    final ShapeClass kind;
    final boolean crowd;
    int area;
    int visible;
    double[] corners;
    final int centerX;
    final int centerY;

    Item(Stamp stamp, boolean crowd, int centerX, int centerY) {
      this.kind = stamp.shape.kind();
      this.crowd = crowd;
      this.centerX = centerX;
      this.centerY = centerY;
    }

    double minVisible() {
      return (crowd ? MIN_VISIBLE_CROWD : MIN_VISIBLE) * area;
    }
  }

  final int size;

  /** size x size x 3, nominally 0..1. */
  final float[] rgb;

  private final int[] owner;
  private final List<Item> items = new ArrayList<>();

  Canvas(int size) {
    this.size = size;
    rgb = new float[size * size * 3];
    owner = new int[size * size];
    Arrays.fill(owner, GROUND);
  }

  int itemCount() {
    return items.size();
  }

  int centerX(int item) {
    return items.get(item).centerX;
  }

  int centerY(int item) {
    return items.get(item).centerY;
  }

  /** Takes the shape with its centre at (x, y) and returns true, or leaves all as it was. */
  boolean place(Stamp stamp, int x, int y) {
    if (!fits(stamp, x, y, false)) {
      return false;
    }
    Item item = new Item(stamp, false, x, y);
    if (stamp.shape.outline().simple()) {
      double[] corners = stamp.shape.outline().corners();
      for (int i = 0; i < corners.length; i += 2) {
        // A thin tip may reach past the border without covering a pixel's centre there.
        corners[i] = Math.clamp(corners[i] + x, 0.0, size);
        corners[i + 1] = Math.clamp(corners[i + 1] + y, 0.0, size);
      }
      item.corners = corners;
    }
    items.add(item);
    paint(stamp, x, y);
    return true;
  }

  /**
   * Takes the shape as one more of the crowd that came last, or, if {@code first}, as the first of
   * a new one. Members cover nothing, nor one another.
   */
  boolean placeInCrowd(Stamp stamp, int x, int y, boolean first) {
    if (!fits(stamp, x, y, true)) {
      return false;
    }
    if (first) {
      items.add(new Item(stamp, true, x, y));
    }
    paint(stamp, x, y);
    return true;
  }

  private boolean fits(Stamp stamp, int x, int y, boolean onGroundOnly) {
    int[] lost = new int[items.size()];
    int inside = 0;
    int left = x - stamp.centerX;
    int top = y - stamp.centerY;
    for (int py = Math.max(top, 0); py < Math.min(top + stamp.height, size); py++) {
      for (int px = Math.max(left, 0); px < Math.min(left + stamp.width, size); px++) {
        if (stamp.distance[(py - top) * stamp.width + px - left] < 0) {
          inside++;
          int covered = owner[py * size + px];
          if (covered != GROUND) {
            if (onGroundOnly) {
              return false;
            }
            lost[covered]++;
          }
        }
      }
    }
    if (inside < MIN_INSIDE * stamp.area) {
      return false;
    }
    for (int i = 0; i < lost.length; i++) {
      if (lost[i] > 0 && items.get(i).visible - lost[i] < items.get(i).minVisible()) {
        return false;
      }
    }
    return true;
  }

  /** Paints shadow and shape for the item that came last, and counts what everyone has left. */
  private void paint(Stamp stamp, int x, int y) {
    int self = items.size() - 1;
    Item item = items.get(self);
    item.area += stamp.area;
    Shape shape = stamp.shape;
    double line = Math.clamp(0.035 * shape.size(), 0.7, 2.0);
    int left = x - stamp.centerX;
    int top = y - stamp.centerY;
    for (int py = Math.max(top, 0); py < Math.min(top + stamp.height, size); py++) {
      for (int px = Math.max(left, 0); px < Math.min(left + stamp.width, size); px++) {
        int sx = px - left;
        int sy = py - top;
        double distance = stamp.distance[sy * stamp.width + sx];
        int pixel = py * size + px;
        double cover = Ramp.step(-distance, 1);
        if (cover < 1 && sx >= SHADOW_SHIFT && sy >= SHADOW_SHIFT) {
          double shifted = stamp.distance[(sy - SHADOW_SHIFT) * stamp.width + sx - SHADOW_SHIFT];
          double shadow = Ramp.step(-shifted, SHADOW_BLUR);
          blend(pixel, 0, 0, 0, 0.38 * shadow);
        }
        if (cover > 0) {
          double tone =
              shape.brightness(sx + 0.5 - stamp.centerX, sy + 0.5 - stamp.centerY, distance);
          double edge = Ramp.unit(distance + line + 0.5);
          tone += (0.32 - tone) * edge;
          Rgb color = shape.color();
          blend(pixel, color.red() * tone, color.green() * tone, color.blue() * tone, cover);
        }
        if (distance < 0) {
          if (owner[pixel] != GROUND) {
            items.get(owner[pixel]).visible--;
          }
          owner[pixel] = self;
          item.visible++;
        }
      }
    }
  }

  private void blend(int pixel, double red, double green, double blue, double share) {
    int at = 3 * pixel;
    rgb[at] += (float) ((red - rgb[at]) * share);
    rgb[at + 1] += (float) ((green - rgb[at + 1]) * share);
    rgb[at + 2] += (float) ((blue - rgb[at + 2]) * share);
  }

  /** The annotations, the hindmost object first, boxes tight around the visible pixels. */
  List<SceneObject> objects() {
    int n = items.size();
    int[] left = new int[n];
    int[] top = new int[n];
    int[] right = new int[n];
    int[] bottom = new int[n];
    Arrays.fill(left, size);
    Arrays.fill(top, size);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        int self = owner[y * size + x];
        if (self != GROUND) {
          left[self] = Math.min(left[self], x);
          top[self] = Math.min(top[self], y);
          right[self] = Math.max(right[self], x + 1);
          bottom[self] = Math.max(bottom[self], y + 1);
        }
      }
    }
    List<SceneObject> objects = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      Item item = items.get(i);
      boolean whole = item.visible == item.area && item.corners != null;
      objects.add(
          new SceneObject(
              item.kind,
              left[i],
              top[i],
              right[i] - left[i],
              bottom[i] - top[i],
              item.visible,
              (double) item.visible / item.area,
              item.crowd,
              whole ? new Segmentation.Polygon(item.corners) : runLengths(i, left[i], right[i])));
    }
    return List.copyOf(objects);
  }

  /** Reads the mask down the columns; none of its pixels lies outside left .. right - 1. */
  private Segmentation.RunLengths runLengths(int item, int left, int right) {
    int[] counts = new int[64];
    int runs = 0;
    int length = left * size;
    boolean seen = false;
    for (int x = left; x < right; x++) {
      for (int y = 0; y < size; y++) {
        if ((owner[y * size + x] == item) != seen) {
          if (runs + 3 > counts.length) {
            counts = Arrays.copyOf(counts, 2 * counts.length);
          }
          counts[runs++] = length;
          length = 0;
          seen = !seen;
        }
        length++;
      }
    }
    int background = (size - right) * size;
    counts[runs++] = seen ? length : length + background;
    if (seen && background > 0) {
      counts[runs++] = background;
    }
    return new Segmentation.RunLengths(size, size, Arrays.copyOf(counts, runs));
  }
}
