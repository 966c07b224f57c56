package org.stabledino.bench.peers;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which versions of the libraries are on the class path. */
final class Versions {
  private static final Pattern JAR =
      Pattern.compile("(pytorch|dnnl|openblas)-([0-9][^-]*)-.*x86_64.jar");

  private Versions() {}

  /** One line for each library. */
  static List<String> describe() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(path -> JAR.matcher(Path.of(path).getFileName().toString()))
        .filter(Matcher::matches)
        .map(jar -> name(jar.group(1)) + " " + jar.group(2))
        .sorted()
        .toList();
  }

  private static String name(String artifact) {
    return switch (artifact) {
      case "pytorch" -> "libtorch";
      case "dnnl" -> "oneDNN";
      default -> "OpenBLAS";
    };
  }
}
