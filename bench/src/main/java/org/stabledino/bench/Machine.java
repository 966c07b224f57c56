package org.stabledino.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.stabledino.tensor.Backend;

/** What figures belong to. */
public final class Machine {
  private Machine() {}

  /**
   * The processor's name.
   *
   * @return as Linux tells it, elsewhere the architecture
   */
  public static String processor() {
    Path cpus = Path.of("/proc/cpuinfo");
    String architecture = System.getProperty("os.arch");
    if (!Files.isReadable(cpus)) {
      return architecture;
    }
    try {
      return Files.readAllLines(cpus).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(architecture);
    } catch (IOException unreadable) {
      return architecture;
    }
  }

  /**
   * Processor, system and JDK in one line; before them the GPU, where benchmarks run on one.
   *
   * @return the line
   */
  public static String describe() {
    return String.format(
        Locale.ROOT,
        "%s%s, %d processors, %s, Java %s",
        DeviceWorkload.onCpu() ? "" : gpu() + "; ",
        processor(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        Runtime.version());
  }

  /** What the providers of devices have found. */
  private static String gpu() {
    return Backend.providers().stream()
        .flatMap(provider -> provider.diagnose().found().stream())
        .collect(Collectors.joining(", "));
  }
}
