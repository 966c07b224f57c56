package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.cuda.StandIn;

/**
 * The script that checks a GPU machine, {@code cuda-kernels/gpu/check}, in a folder as {@code pack}
 * makes it, on the stand-in. What {@code jlink} would leave out of the image is kept out by {@code
 * --limit-modules}; no other Java and none of this process's environment is within reach.
 */
@Tag("standin")
class GpuCheckTest {
  private static final Path SCRIPTS = Path.of(System.getProperty("cuda.kernels"), "gpu");

  @TempDir static Path root;

  /** How a call of the script ended. */
  private record Run(int status, String output) {}

  @BeforeAll
  static void unpack() throws IOException {
    Files.copy(SCRIPTS.resolve("check"), root.resolve("check"));
    Path bin = Files.createDirectories(root.resolve("jdk/bin"));
    String modules =
        Files.readAllLines(SCRIPTS.resolve("modules")).stream()
            .filter(line -> !line.startsWith("#"))
            .collect(Collectors.joining(","));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path wrapper = bin.resolve("java");
    Files.writeString(
        wrapper, "#!/bin/sh\nexec '%s' --limit-modules %s \"$@\"\n".formatted(java, modules));
    Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path lib = Files.createDirectories(root.resolve("lib"));
    for (String entry : System.getProperty("java.class.path").split(":")) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.isDirectory(path)) {
        jar(path, lib);
      } else if (Files.exists(path)) {
        Files.copy(path, lib.resolve(path.getFileName()));
      }
    }
  }

  /**
   * Packs MODULE/target/classes as MODULE-0.jar and MODULE/target/test-classes as
   * MODULE-0-tests.jar.
   */
  private static void jar(Path classes, Path lib) throws IOException {
    String module = classes.getParent().getParent().getFileName().toString();
    String name = module + (classes.endsWith("test-classes") ? "-0-tests.jar" : "-0.jar");
    try (OutputStream file = Files.newOutputStream(lib.resolve(name));
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> walk = Files.walk(classes)) {
      out.setLevel(1);
      for (Path path : walk.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
        Files.copy(path, out);
        out.closeEntry();
      }
    }
  }

  private static Run check(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(root.resolve("check").toString()));
    command.addAll(List.of(arguments));
    Path log = root.resolve("check.log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return new Run(process.exitValue(), Files.readString(log));
  }

  @Test
  void stepsPassAndTheirFiguresAreKept() throws Exception {
    Path out = root.resolve("results");
    Run doctor = check(StandIn.environment(), "--out", out.toString(), "doctor");
    assertThat(doctor.status()).as(doctor.output()).isZero();
    assertThat(doctor.output()).contains("cuda:0 stand-in", "passed");
    Run contract =
        check(
            StandIn.environment(),
            "--out",
            out.toString(),
            "contract",
            "--",
            "--include-methodname=.*Optimizer#.*");
    assertThat(contract.status()).as(contract.output()).isZero();
    assertThat(contract.output())
        .contains("GpuContractTest", " 0 tests failed")
        .doesNotContain(" 0 tests successful");
    Run bench =
        check(
            StandIn.environment(),
            "--out",
            out.toString(),
            "bench",
            "--",
            "TopK",
            "-p",
            "shape=small.queries 2x336 top 60");
    assertThat(bench.status()).as(bench.output()).isZero();
    try (Stream<Path> files = Files.list(out)) {
      Path table = files.filter(file -> file.toString().endsWith(".md")).findFirst().orElseThrow();
      assertThat(table.getFileName().toString()).startsWith("gpu-");
      assertThat(Files.readString(table))
          .contains("./stable-dino bench --device cuda", "TopKBenchmark.topK", "stand-in");
    }
  }

  @Test
  void aStepThatTakesTooLongFailsAndAnUnknownOneIsRefused() throws Exception {
    Map<String, String> environment = Map.of("STABLE_DINO_CHECK_LIMIT", "1");
    Run late = check(environment, "bench");
    assertThat(late.status()).isEqualTo(1);
    assertThat(late.output()).containsPattern("bench +\\d+ s +FAILED");
    Run wrong = check(Map.of(), "benches");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.output()).contains("unknown argument 'benches'");
  }

  @Test
  void withoutAGpuItSaysSoInOneLine() throws Exception {
    Assumptions.assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a GPU");
    Run run = check(Map.of(), "doctor", "bench");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output())
        .contains("device cuda:0 is not available: ")
        .contains("doctor", "FAILED");
  }
}
