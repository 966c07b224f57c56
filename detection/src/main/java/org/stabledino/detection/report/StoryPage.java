package org.stabledino.detection.report;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.files.AtomicFile;

/**
 * A page that tells something in sections of text, equations, pictures and tables, in one HTML file
 * that links only to pictures beside it. Everything is escaped.
 *
 * <pre>{@code
 * new StoryPage("Stable matching", "image 7")
 *     .section("Matched queries")
 *     .text("Each ground truth gets one query.")
 *     .figure(folder.resolve("matched.png"), "The queries' boxes")
 *     .write(folder.resolve("index.html"));
 * }</pre>
 */
public final class StoryPage {
  private interface Part {
    void write(StringBuilder html, Path folder);
  }

  private final String title;
  private final String subtitle;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<Part> parts = new java.util.ArrayList<>();
  private boolean open;

  /**
   * A page without content yet.
   *
   * @param title what it is about
   * @param subtitle one line below it
   */
  public StoryPage(String title, String subtitle) {
    this.title = title;
    this.subtitle = subtitle;
  }

  /**
   * Shows a fact as a tile at the top.
   *
   * @param name what it is called; distinct
   * @param value its value
   * @return this
   */
  public StoryPage fact(String name, String value) {
    facts.put(name, value);
    return this;
  }

  /**
   * Starts a section.
   *
   * @param heading above it
   * @return this
   */
  public StoryPage section(String heading) {
    boolean another = open;
    open = true;
    parts.add(
        (html, _) ->
            html.append(another ? "</section>\n" : "")
                .append("<section class=\"story\"><h2>")
                .append(Html.escape(heading))
                .append("</h2>\n"));
    return this;
  }

  /**
   * Adds a paragraph.
   *
   * @param paragraph plain text
   * @return this
   */
  public StoryPage text(String paragraph) {
    return element("p", paragraph);
  }

  /**
   * Adds an equation, set as it is written.
   *
   * @param lines of it
   * @return this
   */
  public StoryPage equation(String lines) {
    return element("pre", lines);
  }

  private StoryPage element(String name, String content) {
    parts.add(
        (html, _) ->
            html.append("<%s>".formatted(name))
                .append(Html.escape(content))
                .append("</%s>%n".formatted(name)));
    return this;
  }

  /**
   * Shows a picture in full width.
   *
   * @param file in the folder of the page or below it
   * @param caption what it shows
   * @return this
   */
  public StoryPage figure(Path file, String caption) {
    parts.add((html, folder) -> html.append(Html.figure(folder, file, caption)));
    return this;
  }

  /**
   * Adds a table.
   *
   * @param header names of the columns
   * @param rows as many cells each
   * @return this
   */
  public StoryPage table(List<String> header, List<List<String>> rows) {
    parts.add(
        (html, _) -> {
          html.append("<table><thead>");
          row(html, "th", header);
          html.append("</thead><tbody>\n");
          rows.forEach(row -> row(html, "td", row));
          html.append("</tbody></table>\n");
        });
    return this;
  }

  private static void row(StringBuilder html, String cell, List<String> texts) {
    html.append("<tr>");
    for (String text : texts) {
      html.append("<%s>".formatted(cell)).append(Html.escape(text)).append("</%s>".formatted(cell));
    }
    html.append("</tr>\n");
  }

  /**
   * Writes the page. The file appears whole or not at all.
   *
   * @param page where to write, usually {@code index.html}
   * @throws org.stabledino.detection.UserException where the file cannot be written
   */
  public void write(Path page) {
    Path folder = page.toAbsolutePath().normalize().getParent();
    StringBuilder html = new StringBuilder(Html.start(title, subtitle));
    if (!facts.isEmpty()) {
      html.append("<section class=\"tiles\">\n");
      facts.forEach((name, value) -> html.append(Html.tile(name, value)));
      html.append("</section>\n");
    }
    parts.forEach(part -> part.write(html, folder));
    html.append(open ? "</section>\n" : "").append(Html.END);
    byte[] bytes = html.toString().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(page, out -> out.write(bytes));
  }
}
