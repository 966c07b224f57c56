package org.stabledino.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.stabledino.bench.ladder.LadderCommand;
import org.stabledino.bench.ladder.WidthsCommand;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;

/**
 * Runs the benchmarks: {@code ./stable-dino bench [REGEX ...] [--device cuda] [--quick] [--save]
 * [JMH options]}.
 */
public final class Main {
  private static final String HELP =
      """
      Measures the hot paths. Results go to the screen; nothing is written unless --save is given.

      Usage: ./stable-dino bench [REGEX ...] [--device cuda] [--quick] [--save]
                                 [JMH options]

        ./stable-dino bench -l                        lists the benchmarks
        ./stable-dino bench Gemm --quick              a first impression: one fork, short iterations
        ./stable-dino bench 'Peak|Gemm.*forward' -p threads=all
        ./stable-dino bench Convolution -p 'shape=r50.res4.conv2 1x50x84 256->256 3x3/1'
        ./stable-dino bench --save                    everything (hours), kept in bench/results

        ./stable-dino bench --device cuda 'Peak|Gemm' --quick
                                                      kernels and whole models on the GPU

        ./stable-dino bench --peers [REGEX] [--quick]
                                                      beside libtorch, oneDNN and OpenBLAS

        ./stable-dino bench ladder [REGEX] [--quick] [--out FOLDER]
                                              every kernel from its definition to the product's
                                              form, and the roofline; written to bench/results

        ./stable-dino bench widths [REGEX] [--quick] [--out FOLDER]
                                              the product's kernels with vectors of each width

        ./stable-dino bench sizes [--quick]   cost against image size and queries; gain of threads

        ./stable-dino bench step [--device cuda] [--shape NAME] [--kind training,network]
                                 [--precision float32,tf32,bf16] [--seconds N] [--out FOLDER]
                                                      time and peak memory of whole steps, R50 with
                                                      two images; files for a peer in PyTorch

        ./stable-dino bench memory [training] [recomputing] [inference]
                                                      peak memory at full size, in fresh JVMs

        REGEX     which benchmarks; all without one
        --quick   one fork, 2 s of warm-up, 1 s measured; noisy, and whole models stay cold
        --save    writes the table and JMH's JSON to bench/results
        --device  where kernels and models compute; what runs on the CPU alone is left out
        -p shape  one of a class's shapes, as -lp lists them
        -h        all of JMH's options
      """;

  private Main() {}

  /**
   * Runs and prints; exits with 2 if the arguments are wrong and 1 if a benchmark failed.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    try {
      run(new ArrayList<>(List.of(args)));
    } catch (NoBenchmarksException e) {
      System.err.println("No benchmark matches; './stable-dino bench -l' lists them.");
      System.exit(2);
    } catch (CommandLineOptionException e) {
      System.err.println(e.getMessage() + "; see './stable-dino bench --help'");
      System.exit(2);
    } catch (BackendUnavailableException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (RunnerException | IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void run(List<String> args)
      throws CommandLineOptionException, RunnerException, IOException {
    String command = "./stable-dino bench " + String.join(" ", args);
    if (!args.isEmpty() && args.getFirst().equals("memory")) {
      if (!Memory.run(args.subList(1, args.size()))) {
        System.exit(1);
      }
      return;
    }
    if (!args.isEmpty() && args.getFirst().equals("ladder")) {
      LadderCommand.run(args.subList(1, args.size()));
      return;
    }
    if (!args.isEmpty() && args.getFirst().equals("widths")) {
      WidthsCommand.run(args.subList(1, args.size()));
      return;
    }
    if (args.equals(List.of("sizes")) || args.equals(List.of("sizes", "--quick"))) {
      Sizes.run(args.size() > 1);
      return;
    }
    takeDevice(args);
    if (!args.isEmpty() && args.getFirst().equals("step")) {
      StepCommand.run(args.subList(1, args.size()));
      return;
    }
    boolean quick = args.remove("--quick");
    boolean save = args.remove("--save");
    if (args.remove("--help")) {
      System.out.print(HELP);
      return;
    }
    CommandLineOptions commandLine = new CommandLineOptions(args.toArray(String[]::new));
    Options options = onDevice(quick ? quick(commandLine) : commandLine);
    if (commandLine.shouldHelp()) {
      System.out.println(HELP);
      commandLine.showHelp();
    } else if (commandLine.shouldList()) {
      new Runner(options).list();
    } else if (commandLine.shouldListWithParams()) {
      new Runner(options).listWithParams(commandLine);
    } else {
      Collection<RunResult> results = new Runner(options).run();
      String table = command + "\n" + Machine.describe() + "\n\n" + new ResultTable(results);
      System.out.println();
      System.out.print(table);
      if (save) {
        save(results, table);
      }
    }
  }

  /** Opens the device that the arguments name, so that its absence is said before anything runs. */
  private static void takeDevice(List<String> args) throws CommandLineOptionException {
    int at = args.indexOf("--device");
    if (at < 0) {
      return;
    }
    String name = at + 1 < args.size() ? args.get(at + 1) : "";
    if (!name.equals("cpu") && !name.equals("cuda")) {
      throw new CommandLineOptionException("--device takes cpu or cuda, not '" + name + "'");
    }
    args.subList(at, at + 2).clear();
    System.setProperty(DeviceWorkload.DEVICE_PROPERTY, name);
    Backend.of(DeviceWorkload.device());
  }

  /** On a GPU: the forks are told, and what does not run there is left out. */
  private static Options onDevice(Options options) {
    if (DeviceWorkload.onCpu()) {
      return options;
    }
    ChainedOptionsBuilder builder =
        new OptionsBuilder()
            .parent(options)
            .jvmArgsPrepend(
                "-D" + DeviceWorkload.DEVICE_PROPERTY + "=cuda",
                "--enable-native-access=ALL-UNNAMED");
    BenchmarkList.defaultList()
        .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
        .stream()
        .map(BenchmarkListEntry::getUserClassQName)
        .distinct()
        .filter(name -> !DeviceWorkload.runsOnDevices(name))
        .forEach(name -> builder.exclude("^\\Q" + name + ".\\E"));
    return builder.build();
  }

  private static Options quick(Options options) {
    return new OptionsBuilder()
        .parent(options)
        .forks(1)
        .warmupIterations(2)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(2)
        .measurementTime(TimeValue.milliseconds(500))
        .build();
  }

  private static void save(Collection<RunResult> results, String table) throws IOException {
    Path folder = Files.createDirectories(Path.of(System.getProperty("stabledino.bench.results")));
    String name = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HHmmss"));
    boolean cpu = DeviceWorkload.onCpu();
    name = cpu ? name : "gpu-" + name;
    Path json = folder.resolve(name + ".json");
    ResultFormatFactory.getInstance(ResultFormatType.JSON, json.toString()).writeOut(results);
    Path text =
        cpu
            ? Files.writeString(folder.resolve(name + ".txt"), table)
            : Files.writeString(folder.resolve(name + ".md"), "```\n" + table + "```\n");
    System.out.println();
    System.out.println("Saved " + text + " and " + json.getFileName());
  }
}
