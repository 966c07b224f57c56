package org.stabledino.detection.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.stabledino.tensor.profile.ProfileNode;
import org.stabledino.tensor.profile.ProfileNode.Kind;

/**
 * A profile as tables: by phase, by op, by kernel, and by module with the passes apart. All times
 * are of one recording, the mean over all of them.
 */
public final class ProfileTables {
  /** The phase whose time counts as backward. */
  public static final String BACKWARD = "backward";

  private static final double SMALLEST_MODULE = 0.01;

  /** A table: its heading, its columns, and lines of as many cells. */
  record Table(String title, List<String> columns, List<List<String>> lines) {}

  /** What a row of a table adds up. */
  private static final class Sum {
    private long calls;
    private long nanos;
    private long backwardNanos;
    private double flop;
    private double bytes;

    void add(ProfileNode node, long calls, boolean backward) {
      this.calls += calls;
      nanos += node.nanos();
      backwardNanos += backward ? node.nanos() : 0;
      flop += node.flop();
      bytes += node.bytes();
    }
  }

  private final ProfileNode root;
  private final Map<String, Sum> phases = new LinkedHashMap<>();
  private final Map<String, Sum> ops = new LinkedHashMap<>();
  private final Map<String, Sum> kernels = new LinkedHashMap<>();
  private final Map<String, Sum> modules = new LinkedHashMap<>();

  /**
   * The tables of a profile.
   *
   * @param root the whole, with at least one recording
   */
  public ProfileTables(ProfileNode root) {
    this.root = root;
    collect(root, "", "");
  }

  private void collect(ProfileNode node, String phase, String path) {
    for (ProfileNode child : node.children()) {
      boolean backward = phase.equals(BACKWARD);
      String suffix = backward ? " " + BACKWARD : "";
      switch (child.kind()) {
        case PHASE -> {
          add(phases, child.name(), child, child.calls(), false);
          collect(child, child.name(), "");
        }
        case MODULE -> {
          String name = path.isEmpty() ? child.name() : path + "." + child.name();
          add(modules, name, child, child.calls(), backward);
          collect(child, phase, name);
        }
        case OP -> {
          add(ops, child.name() + suffix, child, child.calls(), backward);
          collect(child, phase, path);
        }
        case KERNEL -> {
          add(kernels, child.name(), child, child.calls(), backward);
          if (node.kind() != Kind.OP) {
            add(ops, child.name(), child, child.calls(), backward);
          }
        }
        case ROOT -> throw new IllegalStateException("a profile has one root");
      }
    }
  }

  private static void add(
      Map<String, Sum> sums, String name, ProfileNode node, long calls, boolean backward) {
    sums.computeIfAbsent(name, _ -> new Sum()).add(node, calls, backward);
  }

  /** Milliseconds of one recording. */
  double millis() {
    return millis(root.nanos());
  }

  private double millis(long nanos) {
    return nanos * 1e-6 / root.calls();
  }

  /** How many recordings there were. */
  long recordings() {
    return root.calls();
  }

  /** Operations of one recording. */
  double flop() {
    return root.flop() / root.calls();
  }

  /** All tables. */
  List<Table> tables() {
    return List.of(
        work("by phase", "phase", byTime(withRest(phases))),
        work("by op", "op", byTime(ops)),
        work("by kernel", "kernel", byTime(kernels)),
        modules());
  }

  /** The phases, and what lies between them. */
  private Map<String, Sum> withRest(Map<String, Sum> sums) {
    Map<String, Sum> all = new LinkedHashMap<>(sums);
    Sum rest = new Sum();
    rest.calls = root.calls();
    rest.nanos = root.nanos() - sums.values().stream().mapToLong(sum -> sum.nanos).sum();
    rest.flop = root.flop() - sums.values().stream().mapToDouble(sum -> sum.flop).sum();
    rest.bytes = root.bytes() - sums.values().stream().mapToDouble(sum -> sum.bytes).sum();
    all.put("(between)", rest);
    return all;
  }

  private static Map<String, Sum> byTime(Map<String, Sum> sums) {
    Map<String, Sum> sorted = new LinkedHashMap<>();
    sums.entrySet().stream()
        .sorted(Comparator.comparingLong(entry -> -entry.getValue().nanos))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  private Table work(String title, String what, Map<String, Sum> sums) {
    List<List<String>> lines = new ArrayList<>();
    sums.forEach(
        (name, sum) ->
            lines.add(
                List.of(
                    name,
                    number(sum.calls / (double) root.calls()),
                    number(millis(sum.nanos)),
                    share(sum.nanos),
                    rate(sum.flop, sum.nanos),
                    rate(sum.bytes, sum.nanos))));
    return new Table(title, List.of(what, "calls", "ms", "share", "GFLOP/s", "GB/s"), lines);
  }

  /** Modules that take at least a hundredth, in the order of their paths. */
  private Table modules() {
    List<List<String>> lines = new ArrayList<>();
    new TreeMap<>(modules)
        .forEach(
            (name, sum) -> {
              if (sum.nanos >= SMALLEST_MODULE * root.nanos()) {
                lines.add(
                    List.of(
                        name,
                        number(millis(sum.nanos - sum.backwardNanos)),
                        number(millis(sum.backwardNanos)),
                        share(sum.nanos),
                        rate(sum.flop, sum.nanos),
                        rate(sum.bytes, sum.nanos)));
              }
            });
    return new Table(
        "by module, what it holds included (1 % and more)",
        List.of("module", "forward ms", "backward ms", "share", "GFLOP/s", "GB/s"), lines);
  }

  private String share(long nanos) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * nanos / Math.max(1, root.nanos()));
  }

  /** Billions a second, or a dash where nothing is counted. */
  private static String rate(double amount, long nanos) {
    return amount == 0 ? "-" : String.format(Locale.ROOT, "%.1f", amount / Math.max(1, nanos));
  }

  private static String number(double value) {
    return value == Math.rint(value) && value < 1e6
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }

  /**
   * The tables for a screen.
   *
   * @param what one recording is called, such as step
   * @return lines of aligned columns
   */
  public String text(String what) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "profile: %.2f ms a %s, mean of %d; %.2f GFLOP%n",
            millis(),
            what,
            recordings(),
            flop() * 1e-9));
    for (Table table : tables()) {
      text.append(System.lineSeparator()).append(table.title()).append(System.lineSeparator());
      append(text, table);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Table table) {
    List<List<String>> all = new ArrayList<>();
    all.add(table.columns());
    all.addAll(table.lines());
    int first = all.stream().mapToInt(line -> line.getFirst().length()).max().orElse(0);
    for (List<String> line : all) {
      text.append(("%-" + first + "s").formatted(line.getFirst()));
      line.subList(1, line.size()).forEach(cell -> text.append("%13s".formatted(cell)));
      text.append(System.lineSeparator());
    }
  }
}
