package org.stabledino.detection.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What the operating system says of this process's memory. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private static final Path RESETS = Path.of("/proc/self/clear_refs");

  /** What resets the peak, see proc_pid_clear_refs(5). */
  private static final String PEAK = "5";

  private ProcessMemory() {}

  /**
   * The most memory this process has had in RAM at any time, or since {@link #resetPeak}: heap,
   * code, stacks, everything.
   *
   * @return bytes; nothing where the system is no Linux
   */
  public static OptionalLong peakBytes() {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException unknown) {
      return OptionalLong.empty();
    }
  }

  /**
   * Measures that peak anew, from what is in RAM now.
   *
   * @throws UncheckedIOException if the system has no such thing: Linux has
   */
  public static void resetPeak() {
    try {
      Files.writeString(RESETS, PEAK);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot measure peaks of memory anew", failure);
    }
  }
}
