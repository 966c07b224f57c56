package org.stabledino.bench.ladder;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
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
  private static final String USAGE =
      "bench ladder takes [REGEX] [--quick] [--out FOLDER], REGEX one over the ladders' names: "
          + String.join("; ", Ladders.ALL.keySet());

  private final boolean quick;
  private final int processors = Runtime.getRuntime().availableProcessors();

  private LadderCommand(boolean quick) {
    this.quick = quick;
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
    List<String> rest = new ArrayList<>(args);
    boolean quick = rest.remove("--quick");
    Path folder = Path.of(System.getProperty("stabledino.bench.results", "."));
    int out = rest.indexOf("--out");
    if (out >= 0 && out + 1 < rest.size()) {
      folder = Path.of(rest.remove(out + 1));
      rest.remove(out);
    }
    if (rest.size() > 1 || rest.stream().anyMatch(arg -> arg.startsWith("-"))) {
      throw new CommandLineOptionException(USAGE);
    }
    Pattern wanted = pattern(rest.isEmpty() ? "" : rest.getFirst());
    if (Ladders.ALL.keySet().stream().noneMatch(name -> wanted.matcher(name).find())) {
      throw new CommandLineOptionException("no ladder matches '" + wanted + "'; " + USAGE);
    }
    new LadderCommand(quick).measure(wanted, folder);
  }

  private static Pattern pattern(String regex) throws CommandLineOptionException {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new CommandLineOptionException(e.getMessage());
    }
  }

  private void measure(Pattern wanted, Path folder) throws RunnerException, IOException {
    Ceilings one = ceilings("one");
    Ceilings all = ceilings("all");
    StringBuilder page = new StringBuilder();
    print(page, Machine.describe() + "\n\n" + ceilings(one, 1) + ceilings(all, processors));
    List<Climb> climbs = new ArrayList<>();
    for (var entry : Ladders.ALL.entrySet()) {
      if (wanted.matcher(entry.getKey()).find()) {
        Climb climb = climb(entry.getKey(), entry.getValue());
        climbs.add(climb);
        print(page, "\n" + climb.table(one, all));
      }
    }
    Files.createDirectories(folder);
    Path table = Files.writeString(folder.resolve("ladder.md"), page);
    Path plot = folder.resolve("roofline.png");
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
      if (!rung.product() || !quick || processors == 1) {
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
    ChainedOptionsBuilder options =
        options(ladder.getClass(), method.getName())
            .param("shape", Ladders.shape(ladder.getClass()))
            .jvmArgsPrepend("-Dstabledino.threads=" + threads);
    Statistics micros = times(options);
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
    double fma = times(options(PeakBenchmark.class, "fma").param("threads", threads)).getMin();
    double triad = times(options(PeakBenchmark.class, "triad").param("threads", threads)).getMin();
    return new Ceilings(peak.amount("fma") / (fma * 1e-6), peak.amount("triad") / (triad * 1e-6));
  }

  private ChainedOptionsBuilder options(Class<?> type, String method) {
    return new OptionsBuilder()
        .include("^\\Q" + type.getName() + "." + method + "\\E$")
        .forks(1)
        .warmupIterations(quick ? 2 : 3)
        .warmupTime(TimeValue.milliseconds(quick ? 300 : 400))
        .measurementIterations(quick ? 2 : 10)
        .measurementTime(TimeValue.milliseconds(quick ? 100 : 200))
        .timeUnit(TimeUnit.MICROSECONDS)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
  }

  /** The iterations' means, in microseconds. */
  private static Statistics times(ChainedOptionsBuilder options) throws RunnerException {
    return new Runner(options.build()).runSingle().getPrimaryResult().getStatistics();
  }
}
