package org.stabledino.detection.study;

import java.awt.Color;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Locale;
import org.stabledino.detection.report.Palette;
import org.stabledino.detection.study.Observation.DecoderLayer;
import org.stabledino.detection.study.Observation.Level;
import org.stabledino.detection.study.Sheet.Align;
import org.stabledino.detection.study.Sheet.View;

/**
 * Where one query looks: its box and sampling points in every decoder layer, and for one layer the
 * points of each level and how each head divides its attention.
 */
final class SamplingFigure {
  private static final double PANEL = 300;
  private static final double GAP = 20;
  private static final double CAPTION = 34;
  private static final Color BOX = new Color(0x111827);

  private final Observation seen;
  private final int query;
  private final Rectangle2D window;

  private SamplingFigure(Observation seen, int query) {
    this.seen = seen;
    this.query = query;
    Rectangle2D bounds = Figures.bounds(seen.box(seen.heads().size() - 1, query), 0);
    for (DecoderLayer layer : seen.layers()) {
      bounds = bounds.createUnion(Figures.bounds(layer.references(), query));
    }
    window = Figures.window(seen, bounds, 1.7, 0.4);
  }

  /**
   * Draws.
   *
   * @param query which
   * @param focus the decoder layer of the lower row, from 0
   */
  static BufferedImage draw(Observation seen, int query, int focus) {
    return new SamplingFigure(seen, query).draw(focus);
  }

  private BufferedImage draw(int focus) {
    int layers = seen.layers().size();
    int levels = seen.levels().size();
    DecoderLayer layer = seen.layers().get(focus);
    int columns = Math.max(layers, levels + 1);
    try (Sheet sheet =
        Sheet.titled(
            "Where query #" + query + " looks",
            "dashed: the box a layer starts from · solid: the box it predicts · a dot: a sampling"
                + " point, the larger the more it weighs",
            columns * (PANEL + GAP) - GAP,
            2 * (PANEL + CAPTION) + GAP + 26)) {
      double y = Sheet.top() + CAPTION;
      for (int i = 0; i < layers; i++) {
        View view = panel(sheet, seen.heads().get(i + 1).name(), i, y);
        frames(sheet, view, i);
        points(sheet, view, seen.layers().get(i), -1);
      }
      sheet.text("colour: level", Sheet.left(), y + PANEL + 20, 13, false, Sheet.SOFT, Align.LEFT);
      for (int level = 0; level < levels; level++) {
        double x = Sheet.left() + 110 + 92 * level;
        sheet.disc(x, y + PANEL + 15, 6, Palette.color(level));
        sheet.text(
            "level " + (level + 1), x + 12, y + PANEL + 20, 13, false, Sheet.INK, Align.LEFT);
      }
      y += PANEL + CAPTION + GAP + 26;
      String name = seen.heads().get(focus + 1).name();
      for (int level = 0; level < levels; level++) {
        Level extent = seen.levels().get(level);
        View view =
            panel(
                sheet,
                "%s, level %d (%d × %d)"
                    .formatted(name, level + 1, extent.width(), extent.height()),
                level,
                y);
        grid(sheet, view, extent);
        frames(sheet, view, focus);
        points(sheet, view, layer, level);
      }
      shares(sheet, layer, levels, new Rectangle2D.Double(x(levels), y, PANEL, PANEL));
      return sheet.image();
    }
  }

  private static double x(int column) {
    return Sheet.left() + column * (PANEL + GAP);
  }

  private View panel(Sheet sheet, String title, int column, double y) {
    sheet.text(title, x(column), y - 10, 15, true, Sheet.INK, Align.LEFT);
    return sheet.show(
        seen.picture(), new Rectangle2D.Double(x(column), y, PANEL, PANEL), window, 0.35);
  }

  private void frames(Sheet sheet, View view, int layer) {
    sheet.clip(view.panel());
    sheet.dashed(view.frame(seen.layers().get(layer).references(), query), BOX, 1.8);
    sheet.outline(view.frame(seen.box(layer + 1, query), 0), BOX, 2.2);
    sheet.clip(null);
  }

  /** The borders of a level's tokens. */
  private static void grid(Sheet sheet, View view, Level level) {
    sheet.clip(view.panel());
    for (int i = 0; i <= level.width(); i++) {
      double x = view.x((double) i / level.width());
      sheet.outline(
          new Line2D.Double(x, view.y(0), x, view.y(1)), new Color(255, 255, 255, 190), 0.8);
    }
    for (int i = 0; i <= level.height(); i++) {
      double y = view.y((double) i / level.height());
      sheet.outline(
          new Line2D.Double(view.x(0), y, view.x(1), y), new Color(255, 255, 255, 190), 0.8);
    }
    sheet.clip(null);
  }

  /** All points by level, or those of one level by head. */
  private void points(Sheet sheet, View view, DecoderLayer layer, int only) {
    int levels = seen.levels().size();
    int at = query * layer.attentionHeads() * levels * layer.points();
    sheet.clip(view.panel());
    for (int head = 0; head < layer.attentionHeads(); head++) {
      for (int level = 0; level < levels; level++) {
        for (int point = 0; point < layer.points(); point++, at++) {
          if (only >= 0 && only != level) {
            continue;
          }
          double radius = 1.4 + 13 * Math.sqrt(layer.weights()[at]);
          double x = view.x(layer.locations()[2 * at]);
          double y = view.y(layer.locations()[2 * at + 1]);
          Color color = Palette.color(only >= 0 ? head : level);
          sheet.disc(
              x, y, radius, new Color(color.getRed(), color.getGreen(), color.getBlue(), 205));
          sheet.ring(x, y, radius, Color.WHITE, 0.8);
        }
      }
    }
    sheet.clip(null);
  }

  /** How much of each head's attention goes to each level, [H, L], rows sum to 1. */
  static double[][] shares(DecoderLayer layer, int query, int levels) {
    double[][] shares = new double[layer.attentionHeads()][levels];
    int at = query * layer.attentionHeads() * levels * layer.points();
    for (double[] head : shares) {
      for (int level = 0; level < levels; level++) {
        for (int point = 0; point < layer.points(); point++) {
          head[level] += layer.weights()[at++];
        }
      }
    }
    return shares;
  }

  private void shares(Sheet sheet, DecoderLayer layer, int levels, Rectangle2D panel) {
    sheet.text(
        "attention by head and level, %",
        panel.getMinX(), panel.getMinY() - 10, 15, true, Sheet.INK, Align.LEFT);
    double names = 74;
    double header = 24;
    double[][] shares = shares(layer, query, levels);
    double width = (panel.getWidth() - names) / levels;
    double height = (panel.getHeight() - header) / shares.length;
    for (int level = 0; level < levels; level++) {
      sheet.text(
          "level " + (level + 1),
          panel.getMinX() + names + (level + 0.5) * width,
          panel.getMinY() + 15,
          12.5,
          false,
          Sheet.SOFT,
          Align.CENTRE);
    }
    for (int head = 0; head < shares.length; head++) {
      double y = panel.getMinY() + header + head * height;
      sheet.disc(panel.getMinX() + 7, y + height / 2, 6, Palette.color(head));
      sheet.text(
          "head " + (head + 1),
          panel.getMinX() + 19,
          y + height / 2 + 5,
          12.5,
          false,
          Sheet.INK,
          Align.LEFT);
      for (int level = 0; level < levels; level++) {
        double share = shares[head][level];
        double x = panel.getMinX() + names + level * width;
        sheet.fill(new Rectangle2D.Double(x + 1, y + 1, width - 2, height - 2), mix(share));
        sheet.text(
            String.format(Locale.ROOT, "%.0f", 100 * share),
            x + width / 2,
            y + height / 2 + 5,
            13,
            false,
            share > 0.55 ? Color.WHITE : Sheet.INK,
            Align.CENTRE);
      }
    }
  }

  /** From almost white to blue. */
  private static Color mix(double share) {
    double part = Math.clamp(share, 0, 1);
    return new Color(
        (int) Math.round(0xF1 + part * (0x1F - 0xF1)),
        (int) Math.round(0xF5 + part * (0x77 - 0xF5)),
        (int) Math.round(0xFA + part * (0xD0 - 0xFA)));
  }
}
