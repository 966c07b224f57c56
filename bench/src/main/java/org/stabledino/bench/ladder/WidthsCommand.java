package org.stabledino.bench.ladder;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorShape;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.Machine;

/**
 * {@code ./stable-dino bench widths}: measures the product's kernels on one thread as plain loops
 * and with vectors of each width that the processor has. Wider ones are left out: the Vector API
 * would put them together from others, object by object, and their times would say nothing.
 */
public final class WidthsCommand {
  private static final int[] WIDTHS = {128, 256, 512};

  private WidthsCommand() {}

  /**
   * Measures, prints the table, and writes it to {@code widths.md}.
   *
   * @param args a regular expression over the ladders' names, {@code --quick}, {@code --out
   *     FOLDER}; the folder of the benchmarks' results without the last
   * @throws CommandLineOptionException if the arguments are wrong
   * @throws RunnerException if a kernel failed
   * @throws IOException if the results cannot be written
   */
  public static void run(List<String> args)
      throws CommandLineOptionException, RunnerException, IOException {
    LadderOptions options = LadderOptions.of("widths", args);
    Map<String, String> flags = flags(VectorShape.S_Max_BIT.vectorBitSize());
    StringBuilder page = new StringBuilder();
    print(page, Machine.describe() + ", 1 thread, ms a call\n\n" + head(flags));
    for (var entry : options.wanted().entrySet()) {
      print(page, measure(entry.getKey(), entry.getValue(), options, flags));
    }
    Files.createDirectories(options.folder());
    Path table = Files.writeString(options.folder().resolve("widths.md"), page);
    System.out.println("\nWrote " + table);
  }

  /** The columns, each with the flag of its JVM. */
  static Map<String, String> flags(int widest) {
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("plain loops", "-Dstabledino.simd=off");
    IntStream.of(WIDTHS)
        .filter(bits -> bits <= widest)
        .forEach(bits -> flags.put(bits + " bits", "-Dstabledino.vector.bits=" + bits));
    return flags;
  }

  private static String head(Map<String, String> flags) {
    return "| kernel | shape | "
        + String.join(" | ", flags.keySet())
        + " |\n|---|---|"
        + "--:|".repeat(flags.size())
        + "\n";
  }

  private static String measure(
      String name, Class<? extends Ladder> type, LadderOptions options, Map<String, String> flags)
      throws RunnerException {
    Method product = Ladders.rungs(type).getLast();
    List<Double> millis = new ArrayList<>();
    for (String flag : flags.values()) {
      double micros =
          options
              .micros(
                  options
                      .measuring(type, product.getName())
                      .param("shape", Ladders.shape(type))
                      .jvmArgsPrepend("-Dstabledino.threads=1", flag))
              .getMin();
      millis.add(micros * 1e-3);
    }
    return row(name, Ladders.shape(type), millis);
  }

  /** Times, each with its gain over the one before. */
  static String row(String name, String shape, List<Double> millis) {
    StringBuilder row = new StringBuilder("| " + name + " | `" + shape + "` |");
    for (int i = 0; i < millis.size(); i++) {
      row.append(' ').append(Climb.digits(millis.get(i)));
      if (i > 0) {
        row.append(", x ").append(Climb.digits(millis.get(i - 1) / millis.get(i)));
      }
      row.append(" |");
    }
    return row.append('\n').toString();
  }

  private static void print(StringBuilder page, String text) {
    System.out.print(text);
    page.append(text);
  }
}
