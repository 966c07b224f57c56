package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One run of the command line within the JVM of the test.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it complained about
 */
record CommandLineRun(int code, String out, String err) {

  static CommandLineRun of(Object... arguments) {
    PrintStream oldOut = System.out;
    PrintStream oldErr = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int code = Main.run(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
      return new CommandLineRun(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(oldOut);
      System.setErr(oldErr);
    }
  }

  /** Checks that it was refused in one line that holds all of these texts. */
  CommandLineRun refused(Object... texts) {
    assertThat(err.lines()).as(err).hasSize(1);
    assertThat(err).startsWith("error: ");
    for (Object text : texts) {
      assertThat(err).contains(text.toString());
    }
    assertThat(out + err).doesNotContain("Exception", "\tat ", ": null", "(null)");
    assertThat(code).isEqualTo(2);
    return this;
  }

  CommandLineRun succeeded() {
    assertThat(err).isEmpty();
    assertThat(code).isZero();
    return this;
  }

  /**
   * Every file below a folder with its content's hash and time, to see whether anything changed.
   */
  static Map<String, String> snapshot(Path folder) {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.toList()) {
        files.put(
            folder.relativize(path).toString(),
            Files.isDirectory(path)
                ? "folder"
                : Arrays.hashCode(Files.readAllBytes(path))
                    + " of "
                    + Files.getLastModifiedTime(path));
      }
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
    return files;
  }
}
