package org.stabledino.detection.study;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import org.stabledino.detection.report.Fonts;

/** A white sheet to draw a figure on. Text is left out where no font is installed. */
final class Sheet implements AutoCloseable {
  static final Color INK = new Color(0x212529);
  static final Color SOFT = new Color(0x6B7580);
  static final Color FAINT = new Color(0xDEE2E6);

  /** A query that stays. */
  static final Color STAY = new Color(0x1F77D0);

  /** A query that changes. */
  static final Color CHANGE = new Color(0xE8590C);

  private static final int MARGIN = 28;
  private static final int HEADING = 62;

  /** Where a text stands relative to its x. */
  enum Align {
    LEFT,
    CENTRE,
    RIGHT
  }

  private final BufferedImage image;
  private final Graphics2D g;

  Sheet(int width, int height) {
    image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
  }

  /** A sheet with a heading, and room below it for content of a size. */
  static Sheet titled(String title, String subtitle, double width, double height) {
    Sheet sheet = new Sheet((int) width + 2 * MARGIN, (int) height + HEADING + 2 * MARGIN);
    sheet.text(title, MARGIN, MARGIN + 18, 22, true, INK, Align.LEFT);
    sheet.text(subtitle, MARGIN, MARGIN + 42, 14, false, SOFT, Align.LEFT);
    return sheet;
  }

  /** The left edge of a titled sheet's content. */
  static double left() {
    return MARGIN;
  }

  /** The upper edge of a titled sheet's content. */
  static double top() {
    return MARGIN + HEADING;
  }

  BufferedImage image() {
    return image;
  }

  void text(String text, double x, double y, double size, boolean bold, Color color, Align align) {
    if (!Fonts.available()) {
      return;
    }
    g.setFont(new Font(Font.SANS_SERIF, bold ? Font.BOLD : Font.PLAIN, 1).deriveFont((float) size));
    double width = g.getFontMetrics().getStringBounds(text, g).getWidth();
    double shift =
        switch (align) {
          case LEFT -> 0;
          case CENTRE -> width / 2;
          case RIGHT -> width;
        };
    g.setColor(color);
    g.drawString(text, (float) (x - shift), (float) y);
  }

  /** A small text in a rounded field; (x, y) is its centre. */
  void chip(String text, double x, double y, double size, Color color) {
    double width = Math.max(2.2, text.length() * 0.72 + 0.9) * size;
    double height = size * 1.55;
    g.setColor(color);
    g.fill(new RoundRectangle2D.Double(x - width / 2, y - height / 2, width, height, 8, 8));
    text(text, x, y + size * 0.36, size, true, Color.WHITE, Align.CENTRE);
  }

  void line(double x0, double y0, double x1, double y1, Color color, double width) {
    g.setColor(color);
    g.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(new Line2D.Double(x0, y0, x1, y1));
  }

  /** A line with a head at its end. */
  void arrow(double x0, double y0, double x1, double y1, Color color, double width) {
    line(x0, y0, x1, y1, color, width);
    double angle = Math.atan2(y1 - y0, x1 - x0);
    for (int side = -1; side <= 1; side += 2) {
      double turned = angle + Math.PI + side * 0.45;
      line(x1, y1, x1 + 11 * Math.cos(turned), y1 + 11 * Math.sin(turned), color, width);
    }
  }

  void fill(Shape shape, Color color) {
    g.setColor(color);
    g.fill(shape);
  }

  void outline(Shape shape, Color color, double width) {
    g.setColor(color);
    g.setStroke(new BasicStroke((float) width));
    g.draw(shape);
  }

  void disc(double x, double y, double radius, Color color) {
    fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), color);
  }

  void ring(double x, double y, double radius, Color color, double width) {
    outline(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), color, width);
  }

  /** White below dashes, so that they show on dark and on light ground. */
  void dashed(Shape shape, Color color, double width) {
    outline(shape, new Color(255, 255, 255, 210), width + 0.6);
    float[] dashes = {(float) (3.2 * width), (float) (2.6 * width)};
    g.setStroke(
        new BasicStroke(
            (float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, dashes, 0));
    g.setColor(color);
    g.draw(shape);
  }

  void pixels(BufferedImage pixels, Rectangle2D panel) {
    g.drawImage(
        pixels,
        (int) panel.getX(),
        (int) panel.getY(),
        (int) panel.getWidth(),
        (int) panel.getHeight(),
        null);
  }

  /** Whatever is drawn until the next call stays inside of an area; null lifts that. */
  void clip(Rectangle2D area) {
    g.setClip(area);
  }

  /**
   * Shows a part of a picture.
   *
   * @param picture the whole
   * @param panel where on the sheet
   * @param window which part, in fractions of the picture
   * @param veil how much white lies over it, 0 to 1, so that drawings stand out
   */
  View show(BufferedImage picture, Rectangle2D panel, Rectangle2D window, double veil) {
    Shape before = g.getClip();
    g.clip(panel);
    double scaleX = panel.getWidth() / (window.getWidth() * picture.getWidth());
    double scaleY = panel.getHeight() / (window.getHeight() * picture.getHeight());
    var placed = new java.awt.geom.AffineTransform();
    placed.translate(panel.getX(), panel.getY());
    placed.scale(scaleX, scaleY);
    placed.translate(-window.getX() * picture.getWidth(), -window.getY() * picture.getHeight());
    g.drawImage(picture, placed, null);
    g.setClip(before);
    fill(panel, new Color(255, 255, 255, (int) Math.round(255 * veil)));
    outline(panel, FAINT, 1);
    return new View(this, panel, window);
  }

  /** A picture on the sheet: from fractions of the picture to places on the sheet. */
  record View(Sheet sheet, Rectangle2D panel, Rectangle2D window) {
    static final Rectangle2D WHOLE = new Rectangle2D.Double(0, 0, 1, 1);

    double x(double fraction) {
      return panel.getX() + (fraction - window.getX()) / window.getWidth() * panel.getWidth();
    }

    double y(double fraction) {
      return panel.getY() + (fraction - window.getY()) / window.getHeight() * panel.getHeight();
    }

    /** The frame of box number {@code index}. */
    Rectangle2D frame(float[] boxes, int index) {
      double cx = boxes[4 * index];
      double cy = boxes[4 * index + 1];
      double w = boxes[4 * index + 2];
      double h = boxes[4 * index + 3];
      double x0 = x(cx - w / 2);
      double y0 = y(cy - h / 2);
      return new Rectangle2D.Double(x0, y0, x(cx + w / 2) - x0, y(cy + h / 2) - y0);
    }

    /** A place for a mark inside of the panel. */
    double insideX(double x, double margin) {
      return Math.clamp(x, panel.getMinX() + margin, panel.getMaxX() - margin);
    }

    double insideY(double y, double margin) {
      return Math.clamp(y, panel.getMinY() + margin, panel.getMaxY() - margin);
    }
  }

  @Override
  public void close() {
    g.dispose();
  }
}
