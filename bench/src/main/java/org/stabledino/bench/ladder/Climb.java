package org.stabledino.bench.ladder;

import java.util.List;
import java.util.Locale;
import org.stabledino.bench.peers.Ceilings;

/**
 * What was measured on one ladder.
 *
 * @param name of the kernel
 * @param shape as {@link org.stabledino.bench.NamedShape} writes it
 * @param steps the rungs, the product's once for each number of threads
 */
record Climb(String name, String shape, List<Step> steps) {

  /**
   * What was measured on one rung.
   *
   * @param rung from 1
   * @param title of the rung
   * @param threads how many worked
   * @param seconds time of a call in the fastest iteration
   * @param spread by what share the median iteration was slower
   * @param flops operations of the definition
   * @param bytes what the rung must move at least
   */
  record Step(
      int rung,
      String title,
      int threads,
      double seconds,
      double spread,
      double flops,
      double bytes) {
    double gigaflops() {
      return flops / seconds * 1e-9;
    }

    double gigabytes() {
      return bytes / seconds * 1e-9;
    }

    /** Operations for each byte that must be moved. */
    double intensity() {
      return flops / bytes;
    }

    /** The rate as a share of the lower ceiling at this intensity. */
    double ofTheRoof(Ceilings ceilings) {
      return flops / seconds / roof(ceilings, intensity());
    }
  }

  /** The most operations a second that are possible at an intensity. */
  static double roof(Ceilings ceilings, double intensity) {
    return Math.min(ceilings.flops(), intensity * ceilings.bytes());
  }

  /** A Markdown table; the ceilings are those of one thread and of all. */
  String table(Ceilings one, Ceilings all) {
    StringBuilder text = new StringBuilder();
    text.append("%s, `%s`%n%n".formatted(name, shape));
    text.append(
        "| rung | threads | ms | median | GFLOP/s | GB/s | of the roof | gain | in all |\n");
    text.append("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    Step before = null;
    for (Step step : steps) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %d. %s | %d | %s | +%.0f %% | %s | %s | %.0f %% | %s | %s |%n",
              step.rung,
              step.title,
              step.threads,
              digits(step.seconds * 1e3),
              100 * step.spread,
              digits(step.gigaflops()),
              digits(step.gigabytes()),
              100 * step.ofTheRoof(step.threads == 1 ? one : all),
              before == null ? "" : "x " + digits(before.seconds / step.seconds),
              before == null ? "" : "x " + digits(steps.getFirst().seconds / step.seconds)));
      before = step;
    }
    return text.toString();
  }

  /** Three digits, and no point after them. */
  static String digits(double value) {
    int places = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
