package org.stabledino.detection.study;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import org.stabledino.detection.study.Observation.Denoising;
import org.stabledino.detection.study.Sheet.Align;
import org.stabledino.detection.study.Sheet.View;

/**
 * The copies of the ground truths in the first denoising group, and what the decoder makes of them.
 */
final class DenoisingFigure {
  private static final double PANEL = 520;
  private static final double GAP = 22;
  private static final double CAPTION = 32;
  private static final Color POSITIVE = new Color(0x2B9348);
  private static final Color NEGATIVE = new Color(0xC2255C);

  private DenoisingFigure() {}

  static BufferedImage draw(Observation seen) {
    Denoising denoising = seen.denoising();
    int copies = Math.min(2, denoising.layout().copies());
    double height = Figures.panelHeight(seen, PANEL);
    try (Sheet sheet =
        Sheet.titled(
            "Denoising queries, group 1 of " + denoising.layout().groups(),
            "dashed: ground truth · green: positive copies, to be restored · red: negative copies,"
                + " to be rejected · a named class: its label was replaced",
            2 * PANEL + GAP,
            copies * (height + CAPTION + GAP) - GAP)) {
      for (int copy = 0; copy < copies; copy++) {
        double y = Sheet.top() + copy * (height + CAPTION + GAP) + CAPTION;
        String kind = copy == 0 ? "positive copies" : "negative copies";
        for (int column = 0; column < 2; column++) {
          Rectangle2D panel =
              new Rectangle2D.Double(Sheet.left() + column * (PANEL + GAP), y, PANEL, height);
          sheet.text(
              kind + (column == 0 ? " as made" : " after the last layer"),
              panel.getMinX(),
              panel.getMinY() - 10,
              16,
              true,
              Sheet.INK,
              Align.LEFT);
          panel(sheet, seen, panel, copy, column == 1);
        }
      }
      return sheet.image();
    }
  }

  private static void panel(
      Sheet sheet, Observation seen, Rectangle2D panel, int copy, boolean restored) {
    Denoising denoising = seen.denoising();
    View view = sheet.show(seen.picture(), panel, View.WHOLE, 0.3);
    Color color = copy == 0 ? POSITIVE : NEGATIVE;
    float[] boxes = restored ? denoising.restored() : denoising.noisy();
    sheet.clip(panel);
    for (int target = 0; target < seen.targets().count(); target++) {
      sheet.dashed(view.frame(seen.targets().boxes(), target), Sheet.INK, 1.6);
      int query = denoising.layout().queryOf(0, copy, target);
      Rectangle2D box = view.frame(boxes, query);
      sheet.outline(box, color, 2.6);
      if (!restored) {
        double x0 = view.frame(seen.targets().boxes(), target).getCenterX();
        double y0 = view.frame(seen.targets().boxes(), target).getCenterY();
        sheet.arrow(x0, y0, box.getCenterX(), box.getCenterY(), color, 1.4);
      }
      int label = denoising.labels()[query];
      if (!restored && label != seen.targets().labels()[target]) {
        String name = seen.classNames().get(label);
        sheet.chip(
            name,
            view.insideX(box.getCenterX(), name.length() * 4.6 + 8),
            view.insideY(box.getMinY(), 12),
            12,
            color);
      }
    }
    sheet.clip(null);
  }
}
