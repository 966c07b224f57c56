package org.stabledino.bench.peers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A session as a page of tables, one for each number of threads and kind of op. */
final class Markdown {
  private Markdown() {}

  /** The page. */
  static String page(Session session) {
    StringBuilder page = new StringBuilder();
    page.append("# The CPU path beside native libraries\n\n");
    page.append("`./stable-dino bench --peers`, %s\n\n".formatted(session.date()));
    page.append("- ").append(session.machine()).append('\n');
    session.peers().forEach(peer -> page.append("- ").append(peer).append('\n'));
    session
        .ceilings()
        .forEach(
            (threads, ceilings) ->
                page.append(
                    format(
                        "- %d thread%s: %.0f GFLOP/s of fused multiply-adds, %.1f GB/s of triad%n",
                        threads,
                        threads == 1 ? "" : "s",
                        ceilings.flops() * 1e-9,
                        ceilings.bytes() * 1e-9)));
    page.append("- ").append(session.summary()).append('\n');
    session
        .failures()
        .forEach(failure -> page.append("- **FAILED** ").append(failure).append('\n'));
    page.append('\n').append(legend());
    session.notes().forEach(note -> page.append("\n").append(note).append('\n'));
    tables(session, page);
    return page.toString();
  }

  private static String legend() {
    return """
        A time is the median of interleaved samples in milliseconds, with its quartiles. The ratio is Java's speed over
        that of the best peer: above 1, Java is faster. Goals are for 2 threads. Shares of the peak count the definition's operations, so an
        algorithm that saves some may pass 100 %; shares of the bandwidth count every tensor once.
        """;
  }

  private static void tables(Session session, StringBuilder page) {
    Map<String, List<Comparison>> tables =
        session.comparisons().stream()
            .collect(
                Collectors.groupingBy(Markdown::title, LinkedHashMap::new, Collectors.toList()));
    tables.forEach(
        (title, rows) -> {
          page.append("\n## ").append(title).append("\n\n");
          page.append(
              "| op | shape | Java ms | best peer | peer ms | ratio | goal | | of FMA peak | of bandwidth | other peers | largest difference |\n");
          page.append("|---|---|--:|---|--:|--:|--:|---|--:|--:|---|--:|\n");
          rows.forEach(row -> page.append(row(row, session)));
        });
  }

  private static String title(Comparison comparison) {
    String family = comparison.op().split("\\.", 2)[0];
    return "%s, %d thread%s"
        .formatted(family, comparison.threads(), comparison.threads() == 1 ? "" : "s");
  }

  private static String row(Comparison c, Session session) {
    Ceilings ceilings = session.ceilings().get(c.threads());
    Comparison.Timing best = c.best();
    String others =
        c.peers().stream()
            .filter(peer -> peer != best)
            .map(peer -> format("%s %.3g", peer.name(), peer.seconds().median() * 1e3))
            .collect(Collectors.joining(", "));
    return format(
        "| %s | %s | %s | %s | %s | %.2f | %s | %s | %s | %s | %s | %.1e |%n",
        c.op().substring(c.op().indexOf('.') + 1),
        c.shape(),
        time(c.java()),
        best.name(),
        time(best.seconds()),
        c.ratio(),
        c.judged() ? goal(c.goal()) : "",
        c.judged() ? session.verdict(c) : "",
        share(c.effort().flops(), c.java(), ceilings == null ? 0 : ceilings.flops()),
        share(c.effort().bytes(), c.java(), ceilings == null ? 0 : ceilings.bytes()),
        others,
        c.error());
  }

  private static String goal(Goal goal) {
    return switch (goal.measure()) {
      case NONE -> "";
      case SPEED -> format("%.2f", goal.value());
      case BANDWIDTH -> format("%.0f %% of bandwidth", 100 * goal.value());
    };
  }

  private static String time(Spread seconds) {
    return format(
        "%.3g (%.3g to %.3g)",
        seconds.median() * 1e3, seconds.lower() * 1e3, seconds.upper() * 1e3);
  }

  private static String share(double amount, Spread seconds, double ceiling) {
    return amount > 0 && ceiling > 0
        ? format("%.0f %%", 100 * amount / seconds.median() / ceiling)
        : "";
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
