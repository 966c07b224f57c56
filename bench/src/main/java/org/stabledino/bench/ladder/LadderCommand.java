package org.stabledino.bench.ladder;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.util.Statistics;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.Machine;
import org.stabledino.bench.PeakBenchmark;
import org.stabledino.bench.peers.Ceilings;

/**
 * {@code ./stable-dino bench ladder}: measures every rung of every ladder in a JVM of its own, and
 * writes the tables and the roofline plot.
 */
public final class LadderCommand {
  private final LadderOptions options;
  private final int processors = Runtime.getRuntime().availableProcessors();

  private LadderCommand(LadderOptions options) {
    this.options = options;
  }

  /**
   * Measures, prints the tables, and writes {@code ladder.md} and {@code roofline.png}.
   *
   * @param args a regular expression over the ladders' names, {@code --quick}, {@code --out
   *     FOLDER}; the folder of the benchmarks' results without the last
   * @throws CommandLineOptionException if the arguments are wrong
   * @throws RunnerException if a rung failed
   * @throws IOException if the results cannot be written
   */
  public static void run(List<String> args)
      throws CommandLineOptionException, RunnerException, IOException {
    new LadderCommand(LadderOptions.of("ladder", args)).measure();
  }

  private void measure() throws RunnerException, IOException {
    Ceilings one = ceilings("one");
    Ceilings all = ceilings("all");
    StringBuilder page = new StringBuilder();
    print(page, Machine.describe() + "\n\n" + ceilings(one, 1) + ceilings(all, processors));
    List<Climb> climbs = new ArrayList<>();
    for (var entry : options.wanted().entrySet()) {
      Climb climb = climb(entry.getKey(), entry.getValue());
      climbs.add(climb);
      print(page, "\n" + climb.table(one, all));
    }
    Files.createDirectories(options.folder());
    Path table = Files.writeString(options.folder().resolve("ladder.md"), page);
    Path plot = options.folder().resolve("roofline.png");
    boolean drawn = new RooflinePlot(one, all, processors).write(climbs, plot);
    System.out.println("\nWrote " + table + (drawn ? " and " + plot : ""));
  }

  private static void print(StringBuilder page, String text) {
    System.out.print(text);
    page.append(text);
  }

  private static String ceilings(Ceilings c, int threads) {
    return String.format(
        Locale.ROOT,
        "- %d thread%s: %s GFLOP/s of fused multiply-adds, %s GB/s of memory (triad)%n",
        threads,
        threads == 1 ? "" : "s",
        Climb.digits(c.flops() * 1e-9),
        Climb.digits(c.bytes() * 1e-9));
  }

  private Climb climb(String name, Class<? extends Ladder> type) throws RunnerException {
    Ladder ladder = Ladders.atFullSize(type);
    List<Climb.Step> steps = new ArrayList<>();
    for (Method method : Ladders.rungs(type)) {
      Rung rung = method.getAnnotation(Rung.class);
      if (!rung.product() || !options.quick() || processors == 1) {
        steps.add(step(ladder, method, rung, 1));
      }
      if (rung.product() && processors > 1) {
        steps.add(step(ladder, method, rung, processors));
      }
    }
    return new Climb(name, Ladders.shape(type), steps);
  }

  /**
   * Measures one rung in a fresh JVM. The fastest iteration counts: what else a machine does, and
   * its neighbours on the same processor, only ever add to a time.
   */
  private Climb.Step step(Ladder ladder, Method method, Rung rung, int threads)
      throws RunnerException {
    Statistics micros =
        options.micros(
            options
                .measuring(ladder.getClass(), method.getName())
                .param("shape", Ladders.shape(ladder.getClass()))
                .jvmArgsPrepend("-Dstabledino.threads=" + threads));
    return new Climb.Step(
        rung.value(),
        rung.title(),
        threads,
        micros.getMin() * 1e-6,
        micros.getPercentile(50) / micros.getMin() - 1,
        ladder.flops(),
        ladder.bytes(method.getName()));
  }

  /** What the machine can do: the fastest iterations, since a ceiling is what nothing passes. */
  private Ceilings ceilings(String threads) throws RunnerException {
    PeakBenchmark peak = new PeakBenchmark();
    peak.threads = threads;
    double fma = peak("fma", threads);
    double triad = peak("triad", threads);
    return new Ceilings(peak.amount("fma") / (fma * 1e-6), peak.amount("triad") / (triad * 1e-6));
  }

  private double peak(String method, String threads) throws RunnerException {
    return options
        .micros(options.measuring(PeakBenchmark.class, method).param("threads", threads))
        .getMin();
  }
}
