package org.stabledino.detection.study;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.stabledino.detection.report.Palette;
import org.stabledino.detection.study.Observation.Pair;
import org.stabledino.detection.study.Sheet.Align;

/** A row for each ground truth: the query that serves it at each head. */
final class ChainFigure {
  /** More rows than this would be read by nobody. */
  static final int MOST_ROWS = 24;

  private static final double ROW = 78;
  private static final double COLUMN = 150;
  private static final double NAMES = 210;
  private static final double THUMBNAIL = 60;
  private static final double HEADER = 34;
  private static final double FOOTER = 56;

  private ChainFigure() {}

  static BufferedImage draw(Observation seen) {
    int[][] matched = seen.matched();
    int heads = matched.length;
    int rows = Math.min(MOST_ROWS, seen.targets().count());
    try (Sheet sheet =
        Sheet.titled(
            "The query of each ground truth from head to head",
            "a thick orange line is a change, which the unstable score counts · IoU and p: overlap"
                + " and class probability of the matched query",
            Math.max(860, NAMES + heads * COLUMN),
            HEADER + rows * ROW + FOOTER)) {
      for (int head = 0; head < heads; head++) {
        String name = seen.heads().get(head).name();
        sheet.text(name, x(head), Sheet.top() + 18, 15, true, Sheet.INK, Align.CENTRE);
      }
      Map<Integer, Color> colors = new LinkedHashMap<>();
      Arrays.stream(matched)
          .flatMapToInt(Arrays::stream)
          .forEach(query -> colors.computeIfAbsent(query, _ -> Palette.color(colors.size())));
      for (int target = 0; target < rows; target++) {
        row(sheet, seen, matched, target, colors);
      }
      double bottom = Sheet.top() + HEADER + rows * ROW + 26;
      sheet.text("unstable score", Sheet.left(), bottom, 15, true, Sheet.INK, Align.LEFT);
      for (int head = 1; head < heads; head++) {
        int changed = changed(matched, head);
        sheet.text(
            String.format(Locale.ROOT, "%.0f %%", 100.0 * changed / matched[head].length),
            (x(head - 1) + x(head)) / 2,
            bottom,
            15,
            true,
            changed == 0 ? Sheet.SOFT : Sheet.CHANGE,
            Align.CENTRE);
      }
      return sheet.image();
    }
  }

  /** How many ground truths have another query at a head than at the one before. */
  static int changed(int[][] matched, int head) {
    int changed = 0;
    for (int target = 0; target < matched[head].length; target++) {
      changed += matched[head][target] == matched[head - 1][target] ? 0 : 1;
    }
    return changed;
  }

  private static double x(int head) {
    return Sheet.left() + NAMES + COLUMN * (head + 0.5);
  }

  private static void row(
      Sheet sheet, Observation seen, int[][] matched, int target, Map<Integer, Color> colors) {
    double y = Sheet.top() + HEADER + (target + 0.5) * ROW;
    Rectangle2D panel =
        new Rectangle2D.Double(Sheet.left(), y - THUMBNAIL / 2, THUMBNAIL, THUMBNAIL);
    Rectangle2D bounds = Figures.bounds(seen.targets().boxes(), target);
    Sheet.View view = sheet.show(seen.picture(), panel, Figures.window(seen, bounds, 1.5, 0.1), 0);
    sheet.clip(panel);
    sheet.dashed(view.frame(seen.targets().boxes(), target), Sheet.INK, 1.2);
    sheet.clip(null);
    double text = Sheet.left() + THUMBNAIL + 14;
    sheet.text(seen.className(target), text, y - 2, 15, true, Sheet.INK, Align.LEFT);
    sheet.text("ground truth " + target, text, y + 17, 12.5, false, Sheet.SOFT, Align.LEFT);
    double chips = y - 10;
    for (int head = 1; head < matched.length; head++) {
      boolean changed = matched[head][target] != matched[head - 1][target];
      sheet.line(
          x(head - 1),
          chips,
          x(head),
          chips,
          changed ? Sheet.CHANGE : Sheet.FAINT,
          changed ? 5 : 3);
    }
    for (int head = 0; head < matched.length; head++) {
      int query = matched[head][target];
      if (query < 0) {
        sheet.chip("none", x(head), chips, 14, Sheet.SOFT);
        continue;
      }
      sheet.chip("#" + query, x(head), chips, 15, colors.get(query));
      Pair pair = seen.pair(head, query, target);
      sheet.text(
          String.format(Locale.ROOT, "IoU %.2f  p %.2f", pair.iou(), pair.probability()),
          x(head),
          y + 21,
          12.5,
          false,
          Sheet.SOFT,
          Align.CENTRE);
    }
  }
}
