package org.stabledino.detection.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Draws detections on a picture: a solid frame in the colour of the class with its name and score;
 * annotations, where given, as dashed frames. Lines and letters grow with the picture.
 */
public final class BoxPainter {
  private static final double SMALLEST_LINE = 2;
  private static final double LINE_PER_PIXEL = 1.0 / 300;
  private static final int SMALLEST_FONT = 11;
  private static final double FONT_PER_PIXEL = 1.0 / 48;

  private final List<String> classNames;

  /**
   * A painter for one set of classes.
   *
   * @param classNames the name of each class, by label
   */
  public BoxPainter(List<String> classNames) {
    this.classNames = List.copyOf(classNames);
  }

  /**
   * Paints a copy of the picture; the best detection comes on top.
   *
   * @param picture what was looked at; stays as it is
   * @param detections what was found
   * @param truth what is annotated; empty where nothing is known
   * @return an RGB picture of the same size
   */
  public BufferedImage paint(
      BufferedImage picture, List<LabelledBox> detections, List<LabelledBox> truth) {
    BufferedImage painted =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = painted.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.drawImage(picture, 0, 0, null);
      int side = Math.max(picture.getWidth(), picture.getHeight());
      float line = (float) Math.max(SMALLEST_LINE, side * LINE_PER_PIXEL);
      for (LabelledBox box : truth) {
        dashedFrame(g, box, line);
      }
      List<LabelledBox> ascending =
          detections.stream().sorted(Comparator.comparingDouble(LabelledBox::score)).toList();
      for (LabelledBox box : ascending) {
        solidFrame(g, box, line);
      }
      if (Fonts.available()) {
        int size = Math.max(SMALLEST_FONT, (int) Math.round(side * FONT_PER_PIXEL));
        g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, size));
        for (LabelledBox box : ascending) {
          label(g, box, line, picture.getWidth(), picture.getHeight());
        }
      }
    } finally {
      g.dispose();
    }
    return painted;
  }

  private static Rectangle2D frame(LabelledBox box) {
    return new Rectangle2D.Double(box.x(), box.y(), box.width(), box.height());
  }

  /** White below the dashes, so that they show on dark and on light ground. */
  private static void dashedFrame(Graphics2D g, LabelledBox box, float line) {
    g.setStroke(new BasicStroke(line, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    g.setColor(new Color(255, 255, 255, 190));
    g.draw(frame(box));
    float[] dashes = {3.5f * line, 2.5f * line};
    g.setStroke(new BasicStroke(line, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, dashes, 0));
    g.setColor(Palette.color(box.label()).darker());
    g.draw(frame(box));
  }

  private static void solidFrame(Graphics2D g, LabelledBox box, float line) {
    Color color = Palette.color(box.label());
    g.setColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 28));
    g.fill(frame(box));
    g.setStroke(new BasicStroke(line, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.setColor(color);
    g.draw(frame(box));
  }

  private void label(Graphics2D g, LabelledBox box, float line, int width, int height) {
    String text = text(box);
    FontMetrics metrics = g.getFontMetrics();
    double padding = metrics.getHeight() * 0.22;
    double w = metrics.stringWidth(text) + 2 * padding;
    double h = metrics.getAscent() + metrics.getDescent();
    // Above the box where there is room, else inside its upper edge; always within the picture.
    double top = box.y() - line / 2 - h;
    double y = Math.clamp(top >= 0 ? top : box.y() + line / 2, 0, Math.max(0, height - h));
    double x = Math.clamp(box.x() - line / 2, 0, Math.max(0, width - w));
    Color color = Palette.color(box.label());
    g.setColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 225));
    g.fill(new RoundRectangle2D.Double(x, y, w, h, h / 4, h / 4));
    g.setColor(Palette.textOn(color));
    g.drawString(text, (float) (x + padding), (float) (y + metrics.getAscent()));
  }

  private String text(LabelledBox box) {
    String name =
        box.label() >= 0 && box.label() < classNames.size()
            ? classNames.get(box.label())
            : "class " + box.label();
    return Double.isNaN(box.score())
        ? name
        : name + String.format(Locale.ROOT, " %.2f", box.score());
  }
}
