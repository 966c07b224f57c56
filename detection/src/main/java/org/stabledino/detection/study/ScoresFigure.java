package org.stabledino.detection.study;

import java.awt.Color;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.study.Observation.Pair;
import org.stabledino.detection.study.Sheet.Align;

/**
 * Every pair of query and ground truth at one head by IoU and class probability; which pairs the
 * matching takes without and with modulation.
 */
final class ScoresFigure {
  private static final double PANEL = 560;
  private static final double GAP = 96;
  private static final double AXIS = 56;
  private static final double LINE_NAMES = 50;
  private static final Color LINES = new Color(0xC9DFF5);
  private static final Color LINE_NAME = new Color(0x6C9BCB);
  private static final Color CLOUD = new Color(90, 100, 112, 95);

  private ScoresFigure() {}

  static BufferedImage draw(Observation seen, int head) {
    MatchingConfig modulated = seen.modulated();
    int[] before = seen.matched(seen.unmodulated())[head];
    int[] after = seen.matched(modulated)[head];
    try (Sheet sheet =
        Sheet.titled(
            "Positions and scores at " + seen.heads().get(head).name(),
            "a grey dot: a query and a ground truth · blue: a matched pair in both · orange: a pair"
                + " that only this cost takes",
            2 * PANEL + GAP + AXIS + LINE_NAMES,
            PANEL + AXIS + 34)) {
      double y = Sheet.top() + 34;
      Rectangle2D left = new Rectangle2D.Double(Sheet.left() + AXIS, y, PANEL, PANEL);
      Rectangle2D right =
          new Rectangle2D.Double(Sheet.left() + AXIS + PANEL + GAP, y, PANEL, PANEL);
      double top = top(seen, head);
      axes(sheet, left, "without modulation: q = p", 0, 1, top);
      axes(
          sheet,
          right,
          "with modulation: q = p · u^" + number(modulated.exponent()),
          modulated.exponent(),
          scale(seen, head),
          top);
      for (Rectangle2D panel : new Rectangle2D[] {left, right}) {
        cloud(sheet, panel, seen, head, top);
      }
      pairs(sheet, left, seen, head, before, after, top, false);
      pairs(sheet, right, seen, head, after, before, top, true);
      return sheet.image();
    }
  }

  private static String number(double value) {
    return Double.toString(Math.rint(1000 * value) / 1000).replaceFirst("\\.0$", "");
  }

  /** What Eq. 4 rescales u by: max(1, 1 / max u) over all pairs of the picture. */
  private static double scale(Observation seen, int head) {
    double largest = 0;
    for (int query = 0; query < seen.queries(); query++) {
      for (int target = 0; target < seen.targets().count(); target++) {
        largest = Math.max(largest, (seen.pair(head, query, target).giou() + 1) / 2);
      }
    }
    return Math.max(1, 1 / (largest + 1e-8));
  }

  private static double x(Rectangle2D panel, double iou) {
    return panel.getMinX() + Math.clamp(iou, 0, 1) * panel.getWidth();
  }

  private static double y(Rectangle2D panel, double part) {
    return panel.getMaxY() - part * panel.getHeight();
  }

  /** Where the axis of p ends: 1, or less where all probabilities are small. */
  private static double top(Observation seen, int head) {
    double largest = 0;
    for (int query = 0; query < seen.queries(); query++) {
      for (int target = 0; target < seen.targets().count(); target++) {
        largest = Math.max(largest, seen.pair(head, query, target).probability());
      }
    }
    for (double top : new double[] {0.05, 0.1, 0.2, 0.5}) {
      if (largest < 0.95 * top) {
        return top;
      }
    }
    return 1;
  }

  /** Frame, numbers, and lines along which the cost sees the same probability q. */
  private static void axes(
      Sheet sheet, Rectangle2D panel, String title, double exponent, double scale, double top) {
    sheet.text(title, panel.getMinX(), panel.getMinY() - 14, 17, true, Sheet.INK, Align.LEFT);
    for (int i = 1; i < 10; i++) {
      Path2D line = new Path2D.Double();
      for (int step = 0; step <= 100; step++) {
        double iou = step / 100.0;
        double part = i / 10.0 / Math.pow((iou + 1) / 2 * scale, exponent);
        if (step == 0) {
          line.moveTo(x(panel, iou), y(panel, part));
        } else {
          line.lineTo(x(panel, iou), y(panel, part));
        }
      }
      sheet.clip(panel);
      sheet.outline(line, LINES, 1.5);
      sheet.clip(null);
      double end = i / 10.0 / Math.pow(scale, exponent);
      if (end < 1) {
        sheet.text(
            "q " + number(i * top / 10),
            panel.getMaxX() + 5,
            y(panel, end) + 4,
            12,
            false,
            LINE_NAME,
            Align.LEFT);
      }
    }
    sheet.outline(panel, Sheet.FAINT, 1.2);
    for (int i = 0; i <= 5; i++) {
      double part = i / 5.0;
      sheet.text(
          number(part), x(panel, part), panel.getMaxY() + 20, 13, false, Sheet.INK, Align.CENTRE);
      sheet.text(
          number(part * top),
          panel.getMinX() - 8,
          y(panel, part) + 5,
          13,
          false,
          Sheet.INK,
          Align.RIGHT);
    }
    sheet.text(
        "IoU of the query's box with the ground truth",
        panel.getCenterX(),
        panel.getMaxY() + 44,
        15,
        false,
        Sheet.INK,
        Align.CENTRE);
    sheet.text(
        "p", panel.getMinX() - 42, panel.getCenterY() + 5, 17, true, Sheet.INK, Align.CENTRE);
  }

  private static void cloud(
      Sheet sheet, Rectangle2D panel, Observation seen, int head, double top) {
    for (int query = 0; query < seen.queries(); query++) {
      for (int target = 0; target < seen.targets().count(); target++) {
        Pair pair = seen.pair(head, query, target);
        sheet.disc(x(panel, pair.iou()), y(panel, pair.probability() / top), 3.2, CLOUD);
      }
    }
  }

  /** The matched pairs of one cost; arrows lead from what the other cost took. */
  private static void pairs(
      Sheet sheet,
      Rectangle2D panel,
      Observation seen,
      int head,
      int[] taken,
      int[] other,
      double top,
      boolean arrows) {
    for (int target = 0; target < taken.length; target++) {
      boolean moved = taken[target] != other[target];
      if (taken[target] < 0) {
        continue;
      }
      Pair pair = seen.pair(head, taken[target], target);
      double x = x(panel, pair.iou());
      double y = y(panel, pair.probability() / top);
      if (moved && arrows && other[target] >= 0) {
        Pair from = seen.pair(head, other[target], target);
        double x0 = x(panel, from.iou());
        double y0 = y(panel, from.probability() / top);
        sheet.ring(x0, y0, 6.5, Sheet.CHANGE, 1.6);
        // Up to the disc's border, else the arrow's head is hidden below it.
        double rest = 1 - 9 / Math.max(9, Math.hypot(x - x0, y - y0));
        sheet.arrow(x0, y0, x0 + rest * (x - x0), y0 + rest * (y - y0), Sheet.CHANGE, 1.8);
      }
      sheet.disc(x, y, 7.5, Color.WHITE);
      sheet.disc(x, y, 6, moved ? Sheet.CHANGE : Sheet.STAY);
      if (moved) {
        sheet.text(
            "#%d for %s %d".formatted(taken[target], seen.className(target), target),
            x + (pair.iou() > 0.7 ? -11 : 11),
            y - 8,
            13,
            true,
            Sheet.CHANGE,
            pair.iou() > 0.7 ? Align.RIGHT : Align.LEFT);
      }
    }
  }
}
