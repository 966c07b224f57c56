package org.stabledino.detection.evaluation;

import java.util.Iterator;
import java.util.Locale;

/** The figures as text for a terminal. */
final class MetricsText {
  private static final int NAME_LIMIT = 24;
  private static final String[] AREAS = {"all", "all", "all", "small", "medium", "large"};
  private static final String[] IOUS = {"0.50:0.95", "0.50", "0.75"};

  private MetricsText() {}

  static String summary(CocoMetrics metrics) {
    StringBuilder text = new StringBuilder();
    Iterator<Double> figures = metrics.figures().values().iterator();
    for (int i = 0; i < 6; i++) {
      line(text, "Average Precision", "(AP)", i < 3 ? IOUS[i] : IOUS[0], AREAS[i], 100, figures);
    }
    int[] limits = {1, 10, 100, 100, 100, 100};
    for (int i = 0; i < 6; i++) {
      line(text, "Average Recall", "(AR)", IOUS[0], AREAS[i], limits[i], figures);
    }
    return text.toString();
  }

  private static void line(
      StringBuilder text,
      String title,
      String kind,
      String iou,
      String area,
      int limit,
      Iterator<Double> figures) {
    text.append(
        String.format(
            Locale.ROOT,
            " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %.3f%n",
            title,
            kind,
            iou,
            area,
            limit,
            figures.next()));
  }

  static String classTable(CocoMetrics metrics) {
    int width = "category".length();
    for (ClassMetrics c : metrics.perClass()) {
      width = Math.max(width, Math.min(NAME_LIMIT, c.name().length()));
    }
    StringBuilder text = new StringBuilder();
    text.append(("%-" + width + "s").formatted("category"));
    for (String heading : new String[] {"AP", "AP50", "AP75", "APs", "APm", "APl", "AR100"}) {
      text.append("%7s".formatted(heading));
    }
    text.append(System.lineSeparator());
    for (ClassMetrics c : metrics.perClass()) {
      row(
          text,
          width,
          c.name(),
          c.ap(),
          c.ap50(),
          c.ap75(),
          c.apSmall(),
          c.apMedium(),
          c.apLarge(),
          c.ar100());
    }
    row(
        text,
        width,
        "all",
        metrics.ap(),
        metrics.ap50(),
        metrics.ap75(),
        metrics.apSmall(),
        metrics.apMedium(),
        metrics.apLarge(),
        metrics.ar100());
    return text.toString();
  }

  private static void row(StringBuilder text, int width, String name, double... figures) {
    String shown = name.length() > width ? name.substring(0, width - 1) + "…" : name;
    text.append(("%-" + width + "s").formatted(shown));
    for (double f : figures) {
      text.append(f < 0 ? "%7s".formatted("-") : String.format(Locale.ROOT, "%7.1f", 100 * f));
    }
    text.append(System.lineSeparator());
  }
}
