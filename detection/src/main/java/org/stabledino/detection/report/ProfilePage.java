package org.stabledino.detection.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.stabledino.detection.files.AtomicFile;
import org.stabledino.tensor.profile.ProfileNode;

/**
 * A profile as one HTML file without links: the tree of places as bars as wide as their time, each
 * below the one that contains it, and the tables. A click on a bar widens it to the page, a click
 * on the first one leads back.
 */
public final class ProfilePage {
  /** Bars below this share of the whole are too narrow to see or click. */
  private static final double NARROWEST = 0.0005;

  private ProfilePage() {}

  /**
   * Writes the page.
   *
   * @param file an HTML file
   * @param title what was measured
   * @param what one recording is called, such as step
   * @param root the profile's whole
   */
  public static void write(Path file, String title, String what, ProfileNode root) {
    ProfileTables tables = new ProfileTables(root);
    StringBuilder html = new StringBuilder();
    html.append(Html.start("Profile", title));
    html.append("<style>\n").append(Html.resource("flame.css")).append("</style>\n");
    html.append("<div class=\"tiles\">\n");
    html.append(Html.tile("ms a " + what, number("%.2f", tables.millis())));
    html.append(Html.tile(what + "s measured", Long.toString(tables.recordings())));
    html.append(Html.tile("GFLOP a " + what, number("%.2f", tables.flop() * 1e-9)));
    html.append(Html.tile("GFLOP/s", number("%.1f", tables.flop() * 1e-6 / tables.millis())));
    html.append("</div>\n<section><h2>Where the time goes</h2>\n");
    html.append("<p class=\"key\"><span class=\"phase\">phase</span><span class=\"module\">module");
    html.append("</span><span class=\"op\">op</span><span class=\"kernel\">kernel</span></p>\n");
    html.append("<div class=\"flame\">\n");
    bar(html, root, root, 1);
    html.append("</div></section>\n<div class=\"tables\">\n");
    tables.tables().forEach(table -> table(html, table));
    html.append("</div>\n<script>\n").append(Html.resource("flame.js")).append("</script>\n");
    html.append(Html.END);
    AtomicFile.writeText(file, html.toString());
  }

  /** A bar with the bars of its parts below it; share is that of the bar above. */
  private static void bar(StringBuilder html, ProfileNode node, ProfileNode root, double share) {
    double millis = node.nanos() * 1e-6 / root.calls();
    String figures =
        String.format(
            Locale.ROOT,
            "%s: %.3f ms, %.1f %%, %.3f ms of its own, %s calls, %.1f GFLOP/s, %.1f GB/s",
            node.name(),
            millis,
            100.0 * node.nanos() / root.nanos(),
            node.ownNanos() * 1e-6 / root.calls(),
            number("%.1f", node.calls() / (double) root.calls()),
            node.flop() / node.nanos(),
            node.bytes() / node.nanos());
    html.append(
        String.format(
            Locale.ROOT,
            "<div class=\"part\" style=\"width:%.4f%%\"><a class=\"%s\" title=\"%s\">%s <i>%.2f</i></a>",
            100 * share,
            node.kind().name().toLowerCase(Locale.ROOT),
            Html.escape(figures),
            Html.escape(node.name()),
            millis));
    List<ProfileNode> wide =
        node.children().stream()
            .filter(child -> child.nanos() >= NARROWEST * root.nanos())
            .toList();
    if (!wide.isEmpty()) {
      html.append("<div class=\"row\">\n");
      wide.forEach(child -> bar(html, child, root, (double) child.nanos() / node.nanos()));
      html.append("</div>");
    }
    html.append("</div>\n");
  }

  private static void table(StringBuilder html, ProfileTables.Table table) {
    html.append("<section><h2>")
        .append(Html.escape(table.title()))
        .append("</h2><table><thead><tr>");
    table.columns().forEach(name -> html.append("<th>").append(Html.escape(name)).append("</th>"));
    html.append("</tr></thead><tbody>\n");
    for (List<String> line : table.lines()) {
      html.append("<tr><th>").append(Html.escape(line.getFirst())).append("</th>");
      line.subList(1, line.size())
          .forEach(cell -> html.append("<td>").append(Html.escape(cell)).append("</td>"));
      html.append("</tr>\n");
    }
    html.append("</tbody></table></section>\n");
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
