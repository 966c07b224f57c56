package org.stabledino.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.stabledino.bench.StepMeasurement.Kind;
import org.stabledino.bench.StepMeasurement.Precision;

/**
 * Time and peak memory of whole steps in every precision: {@code ./stable-dino bench step}; and the
 * files from which {@code stable_dino_step.py} does the same step in PyTorch.
 */
final class StepCommand {
  private static final String SHAPE = "r50 2x800x1333 classes 80";

  private String shape = SHAPE;
  private List<Precision> precisions =
      DeviceWorkload.onCpu() ? List.of(Precision.FLOAT32) : List.of(Precision.values());
  private List<Kind> kinds = List.of(Kind.values());
  private double seconds = 10;
  private Path out;

  private StepCommand() {}

  /**
   * Measures and prints.
   *
   * @param args {@code --shape}, {@code --kind}, {@code --precision}, {@code --seconds}, {@code
   *     --out}
   */
  static void run(List<String> args) throws CommandLineOptionException, IOException {
    StepCommand command = new StepCommand();
    for (int i = 0; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new CommandLineOptionException("step: " + args.get(i) + " needs a value");
      }
      command.take(args.get(i), args.get(i + 1));
    }
    command.measure();
  }

  private void take(String option, String value) throws CommandLineOptionException {
    try {
      switch (option) {
        case "--shape" -> shape = value;
        case "--kind" -> kinds = list(Kind.class, value);
        case "--precision" -> precisions = list(Precision.class, value);
        case "--seconds" -> seconds = Double.parseDouble(value);
        case "--out" -> out = Path.of(value);
        default ->
            throw new CommandLineOptionException(
                "step takes --shape, --kind, --precision, --seconds and --out, not '"
                    + option
                    + "'");
      }
    } catch (IllegalArgumentException wrong) {
      throw new CommandLineOptionException("step: %s cannot be '%s'".formatted(option, value));
    }
  }

  private static <E extends Enum<E>> List<E> list(Class<E> type, String names) {
    return Stream.of(names.toUpperCase(Locale.ROOT).split(","))
        .map(name -> Enum.valueOf(type, name))
        .toList();
  }

  private void measure() throws IOException {
    if (out != null) {
      Files.createDirectories(out);
    }
    List<StepMeasurement> found = new ArrayList<>();
    for (Kind kind : kinds) {
      for (Precision precision : precisions) {
        found.add(inFreshJvm(kind, precision));
      }
    }
    String table = Machine.describe() + "\n" + shape + "\n\n" + table(found);
    System.out.print(table);
    if (out != null) {
      Files.writeString(out.resolve("step.txt"), table);
      Files.write(out.resolve("step.lines"), found.stream().map(StepMeasurement::line).toList());
    }
  }

  private static String table(List<StepMeasurement> found) {
    StringBuilder text =
        new StringBuilder(
            "%-16s %-9s %10s %21s %6s %14s %8s%n"
                .formatted(
                    "",
                    "precision",
                    "ms median",
                    "quartiles",
                    "steps",
                    "GB in tensors",
                    "GB held"));
    for (StepMeasurement m : found) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %-9s %10.2f %21s %6d %14.2f %8.2f%n",
              m.kind().title(),
              m.precision().text(),
              m.milliseconds().median(),
              String.format(
                  Locale.ROOT, "%.2f .. %.2f", m.milliseconds().lower(), m.milliseconds().upper()),
              m.steps(),
              m.peak().taken() * 1e-9,
              m.peak().held() * 1e-9));
    }
    return text.toString();
  }

  private StepMeasurement inFreshJvm(Kind kind, Precision precision) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add(
        "-D%s=%s"
            .formatted(DeviceWorkload.DEVICE_PROPERTY, DeviceWorkload.onCpu() ? "cpu" : "cuda"));
    command.addAll(precision.flags());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(StepMeasurement.class.getName(), kind.name(), precision.name()));
    command.addAll(List.of(shape, Double.toString(seconds)));
    // The peers' file is of float32, with which the others' results are compared.
    if (out != null && kind == Kind.NETWORK && precision == Precision.FLOAT32) {
      command.add(out.resolve("step.safetensors").toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(
          "the %s in %s did not run through".formatted(kind.title(), precision.text()));
    }
    return StepMeasurement.of(output.substring(output.lastIndexOf('\n') + 1));
  }
}
