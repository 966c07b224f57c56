package org.stabledino.detection.report;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/** Whether text can be drawn: a machine without any font, as bare containers are, cannot. */
public final class Fonts {
  private static final boolean AVAILABLE = probe();

  private Fonts() {}

  /**
   * Whether a font is installed.
   *
   * @return false where text cannot be drawn
   */
  public static boolean available() {
    return AVAILABLE;
  }

  private static boolean probe() {
    Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      return g.getFontMetrics().stringWidth("x") > 0;
    } catch (RuntimeException | Error e) {
      // The JDK reports a missing font configuration in several ways, errors among them.
      System.getLogger(Fonts.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "No font is installed, so pictures carry no text and curves are left out; install"
                  + " the packages fontconfig and fonts-dejavu-core ({0})",
              e.toString());
      return false;
    } finally {
      g.dispose();
    }
  }
}
