package org.stabledino.detection.report;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.stabledino.detection.evaluation.ClassMetrics;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.files.AtomicFile;

/**
 * The page of a run: figures, curves, pictures and the configuration, in one HTML file that links
 * only to pictures beside it. Everything a user gave is escaped.
 */
public final class HtmlReport {
  private record Picture(Path file, String caption) {}

  private final String title;
  private final String subtitle;
  private final List<Picture> curves = new ArrayList<>();
  private final List<Picture> gallery = new ArrayList<>();
  private CocoMetrics metrics;
  private Map<String, String> facts = Map.of();
  private String configuration = "";

  /**
   * A page without content yet.
   *
   * @param title what ran
   * @param subtitle one line below it; may be empty
   */
  public HtmlReport(String title, String subtitle) {
    this.title = title;
    this.subtitle = subtitle;
  }

  /**
   * Shows the figures of the evaluation.
   *
   * @param measured the figures
   * @return this
   */
  public HtmlReport metrics(CocoMetrics measured) {
    metrics = measured;
    return this;
  }

  /**
   * Shows facts of the run as further tiles, such as its time and its number of parameters.
   *
   * @param byName what each is called, and its value; shown in the order of the map
   * @return this
   */
  public HtmlReport facts(Map<String, String> byName) {
    facts = byName;
    return this;
  }

  /**
   * Shows a chart in full width.
   *
   * @param file a picture in the folder of the page or below it
   * @param caption what it shows
   * @return this
   */
  public HtmlReport curve(Path file, String caption) {
    curves.add(new Picture(file, caption));
    return this;
  }

  /**
   * Shows a picture in the gallery.
   *
   * @param file a picture in the folder of the page or below it
   * @param caption what it shows
   * @return this
   */
  public HtmlReport picture(Path file, String caption) {
    gallery.add(new Picture(file, caption));
    return this;
  }

  /**
   * Shows the resolved configuration.
   *
   * @param text as written beside the results
   * @return this
   */
  public HtmlReport configuration(String text) {
    configuration = text;
    return this;
  }

  /**
   * Writes the page. The file appears whole or not at all.
   *
   * @param page where to write, usually {@code index.html}
   * @throws org.stabledino.detection.UserException where the file cannot be written
   */
  public void write(Path page) {
    byte[] html =
        html(page.toAbsolutePath().normalize().getParent()).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(page, out -> out.write(html));
  }

  private String html(Path folder) {
    StringBuilder html = new StringBuilder(Html.start(title, subtitle));
    tiles(html);
    pictures(html, "Curves", "curves", curves, folder);
    if (metrics != null) {
      html.append("<div class=\"tables\">\n");
      figureTable(html);
      classTable(html);
      html.append("</div>\n");
    }
    pictures(html, "Pictures", "gallery", gallery, folder);
    if (!configuration.isEmpty()) {
      html.append("<section><details><summary>Configuration</summary><pre>")
          .append(Html.escape(configuration))
          .append("</pre></details></section>\n");
    }
    return html.append(Html.END).toString();
  }

  private void tiles(StringBuilder html) {
    if (metrics == null && facts.isEmpty()) {
      return;
    }
    html.append("<section class=\"tiles\">\n");
    if (metrics != null) {
      metrics.figures().entrySet().stream()
          .limit(6)
          .forEach(f -> html.append(Html.tile(f.getKey(), percent(f.getValue()))));
    }
    facts.forEach((name, value) -> html.append(Html.tile(name, value)));
    html.append("</section>\n");
  }

  private void figureTable(StringBuilder html) {
    html.append("<section><h2>COCO figures</h2><table><tbody>\n");
    List<String> meanings =
        List.of(
            "IoU 0.50 to 0.95, all areas",
            "IoU 0.50",
            "IoU 0.75",
            "small, up to 32 × 32",
            "medium, 32 × 32 to 96 × 96",
            "large, from 96 × 96",
            "1 detection per image",
            "10 detections per image",
            "100 detections per image",
            "small",
            "medium",
            "large");
    int i = 0;
    for (Map.Entry<String, Double> figure : metrics.figures().entrySet()) {
      html.append("<tr><th>%s</th><td class=\"text\">".formatted(figure.getKey()))
          .append(i < 6 ? "Average precision, " : "Average recall, ")
          .append(meanings.get(i++))
          .append("</td><td>%s</td></tr>%n".formatted(percent(figure.getValue())));
    }
    html.append("</tbody></table></section>\n");
  }

  private void classTable(StringBuilder html) {
    html.append("<section><h2>Classes</h2><table><thead><tr><th>Class</th><th></th>");
    for (String heading : List.of("AP", "AP50", "AP75", "AR100")) {
      html.append("<th class=\"number\">").append(heading).append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    int label = 0;
    for (ClassMetrics c : metrics.perClass()) {
      int rgb = Palette.color(label++).getRGB() & 0xFFFFFF;
      html.append("<tr><th>").append(Html.escape(c.name()));
      html.append(
          String.format(
              Locale.ROOT,
              "</th><td class=\"bar\"><i style=\"width:%.1f%%;background:#%06x\"></i></td>",
              100 * Math.max(0, c.ap()),
              rgb));
      for (double figure : new double[] {c.ap(), c.ap50(), c.ap75(), c.ar100()}) {
        html.append("<td>").append(percent(figure)).append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></section>\n");
  }

  private static void pictures(
      StringBuilder html, String heading, String style, List<Picture> pictures, Path folder) {
    if (pictures.isEmpty()) {
      return;
    }
    html.append("<section><h2>%s</h2><div class=\"%s\">%n".formatted(heading, style));
    for (Picture picture : pictures) {
      html.append(Html.figure(folder, picture.file, picture.caption));
    }
    html.append("</div></section>\n");
  }

  /** A figure in per cent, or a dash where nothing counts. */
  private static String percent(double figure) {
    return figure < 0 ? "–" : String.format(Locale.ROOT, "%.1f", 100 * figure);
  }
}
