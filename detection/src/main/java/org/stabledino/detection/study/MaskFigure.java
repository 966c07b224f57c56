package org.stabledino.detection.study;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import org.stabledino.detection.report.Palette;
import org.stabledino.detection.study.Observation.Denoising;
import org.stabledino.detection.study.Sheet.Align;

/** Which query sees which in the decoder's self attention while denoising. */
final class MaskFigure {
  private static final double SIDE = 700;
  private static final double BAND = 26;
  private static final double LEGEND = 250;
  private static final int BLOCKED = 0x2B3440;
  private static final int OPEN = 0xDCEBFA;

  private MaskFigure() {}

  static BufferedImage draw(Observation seen) {
    Denoising denoising = seen.denoising();
    int denoised = denoising.layout().queries();
    int all = denoised + seen.queries();
    BufferedImage mask = new BufferedImage(all, all, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < all; row++) {
      for (int column = 0; column < all; column++) {
        boolean blocked = denoising.blocked()[row * all + column] != 0;
        mask.setRGB(column, row, blocked ? BLOCKED : OPEN);
      }
    }
    try (Sheet sheet =
        Sheet.titled(
            "Who sees whom",
            "a row looks at a column · light: it sees it · dark: it does not",
            SIDE + BAND + LEGEND,
            SIDE + BAND)) {
      Rectangle2D panel =
          new Rectangle2D.Double(Sheet.left() + BAND, Sheet.top() + BAND, SIDE, SIDE);
      BufferedImage enlarged =
          new BufferedImage((int) SIDE, (int) SIDE, BufferedImage.TYPE_INT_RGB);
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          enlarged.setRGB(x, y, mask.getRGB((int) (x * all / SIDE), (int) (y * all / SIDE)));
        }
      }
      sheet.pixels(enlarged, panel);
      int group = denoising.layout().copies() * denoising.layout().slots();
      for (int i = 0; i < denoising.layout().groups(); i++) {
        band(sheet, panel, i * group, (i + 1) * group, all, Palette.color(i));
      }
      band(sheet, panel, denoised, all, all, Sheet.SOFT);
      legend(sheet, panel, seen, denoising);
      return sheet.image();
    }
  }

  /** Marks some queries along both edges. */
  private static void band(Sheet sheet, Rectangle2D panel, int from, int to, int all, Color color) {
    double start = panel.getWidth() * from / all;
    double extent = panel.getWidth() * (to - from) / all;
    double thickness = BAND - 8;
    sheet.fill(
        new Rectangle2D.Double(
            panel.getMinX() + start + 0.5, panel.getMinY() - BAND, extent - 1, thickness),
        color);
    sheet.fill(
        new Rectangle2D.Double(
            panel.getMinX() - BAND, panel.getMinY() + start + 0.5, thickness, extent - 1),
        color);
  }

  private static void legend(
      Sheet sheet, Rectangle2D panel, Observation seen, Denoising denoising) {
    double x = panel.getMaxX() + 26;
    double y = panel.getMinY() + 14;
    int groups = denoising.layout().groups();
    int shown = Math.min(groups, 14);
    for (int i = 0; i < shown; i++, y += 26) {
      sheet.fill(new Rectangle2D.Double(x, y - 12, 14, 14), Palette.color(i));
      sheet.text("denoising group " + (i + 1), x + 24, y, 14, false, Sheet.INK, Align.LEFT);
    }
    if (groups > shown) {
      sheet.text(
          "and %d more".formatted(groups - shown), x + 24, y, 14, false, Sheet.SOFT, Align.LEFT);
      y += 26;
    }
    sheet.fill(new Rectangle2D.Double(x, y - 12, 14, 14), Sheet.SOFT);
    sheet.text(
        "%d matching queries".formatted(seen.queries()),
        x + 24,
        y,
        14,
        false,
        Sheet.INK,
        Align.LEFT);
  }
}
