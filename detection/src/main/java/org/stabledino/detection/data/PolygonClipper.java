package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Cuts polygons to a rectangle as the reference does: the polygon is repaired first, then cut as
 * geometry; it may fall into several pieces, whose holes are forgotten.
 *
 * <p>Repairing keeps what the outline winds around in its own direction, that of its signed area
 * (clockwise where this is zero): of a bow tie, one wing.
 *
 * <p>The outline and the rectangle are split where they meet each other or themselves. Of the parts
 * those are borders of the result that have it on one side only; linked end to end, always along
 * the nearest other border of the same piece, they are its outlines.
 */
final class PolygonClipper {

  /** How far beside a part its two sides are looked at, in pixels. */
  private static final double BESIDE = 1e-7;

  private record Point(double x, double y) {
    Point {
      // Adding 0 turns -0 into 0: equal places must be equal points.
      x += 0.0;
      y += 0.0;
    }
  }

  /** A straight part, in a border with the inside at its left (x right, y up). */
  private record Part(Point from, Point to) {
    double angle() {
      return Math.atan2(to.y - from.y, to.x - from.x);
    }
  }

  private final double left;
  private final double top;
  private final double right;
  private final double bottom;
  private final List<Point> ring;
  private final List<Part> segments = new ArrayList<>();
  private final List<List<Point>> splits = new ArrayList<>();

  private PolygonClipper(List<Point> ring, double left, double top, double right, double bottom) {
    this.ring = ring;
    this.left = left;
    this.top = top;
    this.right = right;
    this.bottom = bottom;
  }

  /**
   * Cuts one piece of an outline.
   *
   * @param ring x0, y0, x1, y1, …; the last point is joined to the first
   * @param left edge of the rectangle
   * @param top edge of the rectangle
   * @param right edge of the rectangle
   * @param bottom edge of the rectangle
   * @return the pieces that are left, possibly none; each with an area, and without holes
   */
  static List<double[]> clip(double[] ring, double left, double top, double right, double bottom) {
    List<Point> points = distinct(ring);
    double minX = points.stream().mapToDouble(Point::x).min().orElse(left);
    double maxX = points.stream().mapToDouble(Point::x).max().orElse(left);
    double minY = points.stream().mapToDouble(Point::y).min().orElse(top);
    double maxY = points.stream().mapToDouble(Point::y).max().orElse(top);
    if (points.size() < 3 || maxX <= left || minX >= right || maxY <= top || minY >= bottom) {
      return List.of();
    }
    PolygonClipper clipper = new PolygonClipper(points, left, top, right, bottom);
    boolean contained = minX >= left && maxX <= right && minY >= top && maxY <= bottom;
    return clipper.clip(contained);
  }

  /** Points that differ from the one before; the last also from the first. */
  private static List<Point> distinct(double[] ring) {
    List<Point> points = new ArrayList<>(ring.length / 2);
    for (int i = 0; i + 1 < ring.length; i += 2) {
      Point point = new Point(ring[i], ring[i + 1]);
      if (points.isEmpty() || !points.getLast().equals(point)) {
        points.add(point);
      }
    }
    while (points.size() > 1 && points.getLast().equals(points.getFirst())) {
      points.removeLast();
    }
    return points;
  }

  private List<double[]> clip(boolean contained) {
    addSegments(ring);
    if (!contained) {
      addSegments(
          List.of(
              new Point(left, top),
              new Point(right, top),
              new Point(right, bottom),
              new Point(left, bottom)));
    }
    boolean simple = split() && new HashSet<>(ring).size() == ring.size();
    double area = area(ring);
    if (contained && simple) {
      return area == 0 ? List.of() : List.of(flat(ring));
    }
    return link(borders(area > 0 ? 1 : -1));
  }

  private void addSegments(List<Point> closed) {
    for (int i = 0; i < closed.size(); i++) {
      segments.add(new Part(closed.get(i), closed.get((i + 1) % closed.size())));
      splits.add(new ArrayList<>());
    }
  }

  /** Finds where segments meet; returns whether they do so at their common ends only. */
  private boolean split() {
    boolean simple = true;
    for (int i = 0; i < segments.size(); i++) {
      for (int j = i + 1; j < segments.size(); j++) {
        simple &= !meet(i, j);
      }
    }
    return simple;
  }

  private boolean meet(int i, int j) {
    Part s = segments.get(i);
    Part t = segments.get(j);
    if (Math.max(s.from.x, s.to.x) < Math.min(t.from.x, t.to.x)
        || Math.max(t.from.x, t.to.x) < Math.min(s.from.x, s.to.x)
        || Math.max(s.from.y, s.to.y) < Math.min(t.from.y, t.to.y)
        || Math.max(t.from.y, t.to.y) < Math.min(s.from.y, s.to.y)) {
      return false;
    }
    double tFrom = side(s, t.from);
    double tTo = side(s, t.to);
    double sFrom = side(t, s.from);
    double sTo = side(t, s.to);
    boolean met = tFrom == 0 && splitAt(i, t.from);
    met |= tTo == 0 && splitAt(i, t.to);
    met |= sFrom == 0 && splitAt(j, s.from);
    met |= sTo == 0 && splitAt(j, s.to);
    if (tFrom * tTo < 0 && sFrom * sTo < 0) {
      double along = sFrom / (sFrom - sTo);
      double x = s.from.x + (s.to.x - s.from.x) * along;
      double y = s.from.y + (s.to.y - s.from.y) * along;
      // On an upright or level segment, such as the rectangle's, one coordinate is known.
      Point cross =
          new Point(
              t.from.x == t.to.x ? t.from.x : s.from.x == s.to.x ? s.from.x : x,
              t.from.y == t.to.y ? t.from.y : s.from.y == s.to.y ? s.from.y : y);
      splitAt(i, cross);
      splitAt(j, cross);
      met = true;
    }
    return met;
  }

  /**
   * Twice the area of the triangle of a segment and a point; positive where it lies at the left.
   */
  private static double side(Part s, Point p) {
    return (s.to.x - s.from.x) * (p.y - s.from.y) - (s.to.y - s.from.y) * (p.x - s.from.x);
  }

  /** Splits a segment at a point of its line; returns whether the point lies inside of it. */
  private boolean splitAt(int segment, Point p) {
    Part s = segments.get(segment);
    boolean within =
        p.x >= Math.min(s.from.x, s.to.x)
            && p.x <= Math.max(s.from.x, s.to.x)
            && p.y >= Math.min(s.from.y, s.to.y)
            && p.y <= Math.max(s.from.y, s.to.y)
            && !p.equals(s.from)
            && !p.equals(s.to);
    if (within) {
      splits.get(segment).add(p);
    }
    return within;
  }

  /** The parts with the result on one side only. */
  private Set<Part> borders(int direction) {
    Set<Part> borders = new LinkedHashSet<>();
    for (int i = 0; i < segments.size(); i++) {
      Part s = segments.get(i);
      List<Point> points = splits.get(i);
      points.add(s.from);
      points.add(s.to);
      points.sort(
          Comparator.comparingDouble(
              p ->
                  (p.x - s.from.x) * (s.to.x - s.from.x) + (p.y - s.from.y) * (s.to.y - s.from.y)));
      for (int k = 1; k < points.size(); k++) {
        Point from = points.get(k - 1);
        Point to = points.get(k);
        double length = Math.hypot(to.x - from.x, to.y - from.y);
        if (length == 0) {
          continue;
        }
        double step = Math.min(BESIDE, length * 1e-3) / length;
        double acrossX = -(to.y - from.y) * step;
        double acrossY = (to.x - from.x) * step;
        double x = (from.x + to.x) / 2;
        double y = (from.y + to.y) / 2;
        boolean atLeft = isInside(x + acrossX, y + acrossY, direction);
        boolean atRight = isInside(x - acrossX, y - acrossY, direction);
        if (atLeft != atRight) {
          borders.add(atLeft ? new Part(from, to) : new Part(to, from));
        }
      }
    }
    return borders;
  }

  private boolean isInside(double x, double y, int direction) {
    if (!(x > left && x < right && y > top && y < bottom)) {
      return false;
    }
    int winding = 0;
    for (int i = 0; i < ring.size(); i++) {
      Part s = segments.get(i);
      if (s.from.y <= y ? s.to.y > y : s.to.y <= y) {
        boolean up = s.to.y > s.from.y;
        double at = (s.to.x - s.from.x) * (y - s.from.y) - (s.to.y - s.from.y) * (x - s.from.x);
        if (up ? at > 0 : at < 0) {
          winding += up ? 1 : -1;
        }
      }
    }
    return winding * direction >= 1;
  }

  /** Follows the borders; those that go around clockwise are holes. */
  private static List<double[]> link(Set<Part> borders) {
    Map<Point, List<Part>> leaving = new HashMap<>();
    for (Part part : borders) {
      leaving.computeIfAbsent(part.from, _ -> new ArrayList<>()).add(part);
    }
    List<double[]> pieces = new ArrayList<>();
    for (Part first : borders) {
      if (!leaving.get(first.from).remove(first)) {
        continue;
      }
      List<Point> outline = new ArrayList<>();
      Part at = first;
      while (at != null) {
        outline.add(at.from);
        at = at.to.equals(first.from) ? null : takeNext(leaving.get(at.to), at);
      }
      if (outline.size() >= 3 && area(outline) > 0) {
        pieces.add(flat(outline));
      }
    }
    return pieces;
  }

  /** The border nearest to the right of the way back: the other side of the same corner. */
  private static Part takeNext(List<Part> candidates, Part arriving) {
    if (candidates == null || candidates.isEmpty()) {
      return null;
    }
    double back = Math.atan2(arriving.from.y - arriving.to.y, arriving.from.x - arriving.to.x);
    Part next =
        candidates.stream()
            .min(Comparator.comparingDouble(part -> clockwise(back, part.angle())))
            .orElseThrow();
    candidates.remove(next);
    return next;
  }

  private static double clockwise(double from, double to) {
    double turn = from - to;
    return turn <= 0 ? turn + 2 * Math.PI : turn;
  }

  private static double area(List<Point> closed) {
    double twice = 0;
    Point origin = closed.getFirst();
    for (int i = 1; i + 1 < closed.size(); i++) {
      Point a = closed.get(i);
      Point b = closed.get(i + 1);
      twice += (a.x - origin.x) * (b.y - origin.y) - (a.y - origin.y) * (b.x - origin.x);
    }
    return twice / 2;
  }

  private static double[] flat(List<Point> points) {
    double[] flat = new double[2 * points.size()];
    for (int i = 0; i < points.size(); i++) {
      flat[2 * i] = points.get(i).x;
      flat[2 * i + 1] = points.get(i).y;
    }
    return flat;
  }
}
