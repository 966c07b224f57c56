package org.stabledino.detection.study;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Locale;
import org.stabledino.detection.study.Sheet.Align;
import org.stabledino.detection.study.Sheet.View;

/** The picture once for each head, with the queries that are responsible for its ground truths. */
final class MatchedFigure {
  private static final double PANEL = 400;
  private static final double GAP = 22;
  private static final double CAPTION = 30;

  private MatchedFigure() {}

  static BufferedImage draw(Observation seen) {
    int[][] matched = seen.matched();
    int heads = matched.length;
    int columns = heads <= 4 ? heads : (heads + 1) / 2;
    int rows = (heads + columns - 1) / columns;
    double height = Figures.panelHeight(seen, PANEL);
    try (Sheet sheet =
        Sheet.titled(
            "Who is responsible for what",
            "dashed: ground truth · solid: the matched query's box · blue: the same query as one"
                + " head before · orange: another query",
            columns * (PANEL + GAP) - GAP,
            rows * (height + CAPTION + GAP) - GAP)) {
      for (int head = 0; head < heads; head++) {
        double x = Sheet.left() + head % columns * (PANEL + GAP);
        double y = Sheet.top() + head / columns * (height + CAPTION + GAP) + CAPTION;
        panel(sheet, seen, matched, head, new Rectangle2D.Double(x, y, PANEL, height));
      }
      return sheet.image();
    }
  }

  private static void panel(
      Sheet sheet, Observation seen, int[][] matched, int head, Rectangle2D panel) {
    View view = sheet.show(seen.picture(), panel, View.WHOLE, 0.25);
    int targets = seen.targets().count();
    int changes = 0;
    sheet.clip(panel);
    for (int target = 0; target < targets; target++) {
      sheet.dashed(view.frame(seen.targets().boxes(), target), Sheet.INK, 1.6);
    }
    for (int target = 0; target < targets; target++) {
      int query = matched[head][target];
      boolean changed = head > 0 && query != matched[head - 1][target];
      changes += changed ? 1 : 0;
      if (query >= 0) {
        sheet.outline(view.frame(seen.box(head, query), 0), color(head, changed), 2.6);
      }
    }
    for (int target = 0; target < targets; target++) {
      int query = matched[head][target];
      if (query >= 0) {
        boolean changed = head > 0 && query != matched[head - 1][target];
        Rectangle2D box = view.frame(seen.box(head, query), 0);
        sheet.chip(
            "#" + query,
            view.insideX(box.getMinX() + 20, 22),
            view.insideY(box.getMinY(), 12),
            13,
            color(head, changed));
      }
    }
    sheet.clip(null);
    double baseline = panel.getMinY() - 9;
    sheet.text(
        seen.heads().get(head).name(), panel.getMinX(), baseline, 16, true, Sheet.INK, Align.LEFT);
    if (head > 0) {
      sheet.text(
          String.format(
              Locale.ROOT, "%d of %d change: %.0f %%", changes, targets, 100.0 * changes / targets),
          panel.getMaxX(),
          baseline,
          14,
          false,
          changes == 0 ? Sheet.STAY : Sheet.CHANGE,
          Align.RIGHT);
    }
  }

  private static Color color(int head, boolean changed) {
    return head == 0 ? Sheet.INK : changed ? Sheet.CHANGE : Sheet.STAY;
  }
}
