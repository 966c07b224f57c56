package org.stabledino.bench.ladder;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

/**
 * What a command measures on the ladders, how long, and where it writes.
 *
 * @param wanted the ladders by name, in their order
 * @param quick whether a first impression will do
 * @param folder of the results
 */
record LadderOptions(Map<String, Class<? extends Ladder>> wanted, boolean quick, Path folder) {

  /**
   * Reads {@code [REGEX] [--quick] [--out FOLDER]}; without a folder the benchmarks' results go
   * where they always do.
   */
  static LadderOptions of(String command, List<String> args) throws CommandLineOptionException {
    String usage =
        "bench %s takes [REGEX] [--quick] [--out FOLDER], REGEX one over the ladders' names: %s"
            .formatted(command, String.join("; ", Ladders.ALL.keySet()));
    List<String> rest = new ArrayList<>(args);
    boolean quick = rest.remove("--quick");
    Path folder = Path.of(System.getProperty("stabledino.bench.results", "."));
    int out = rest.indexOf("--out");
    if (out >= 0 && out + 1 < rest.size()) {
      folder = Path.of(rest.remove(out + 1));
      rest.remove(out);
    }
    if (rest.size() > 1 || rest.stream().anyMatch(arg -> arg.startsWith("-"))) {
      throw new CommandLineOptionException(usage);
    }
    Map<String, Class<? extends Ladder>> wanted = new LinkedHashMap<>(Ladders.ALL);
    if (!rest.isEmpty()) {
      Pattern pattern = pattern(rest.getFirst());
      wanted.keySet().removeIf(name -> !pattern.matcher(name).find());
    }
    if (wanted.isEmpty()) {
      throw new CommandLineOptionException("no ladder matches '" + rest.getFirst() + "'; " + usage);
    }
    return new LadderOptions(Collections.unmodifiableMap(wanted), quick, folder);
  }

  private static Pattern pattern(String regex) throws CommandLineOptionException {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new CommandLineOptionException(e.getMessage());
    }
  }

  /** How one method is measured, in a JVM of its own. */
  ChainedOptionsBuilder measuring(Class<?> type, String method) {
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

  /** Measures; returns the iterations' means in microseconds. */
  Statistics micros(ChainedOptionsBuilder measuring) throws RunnerException {
    return new Runner(measuring.build()).runSingle().getPrimaryResult().getStatistics();
  }
}
