package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
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
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;
import org.stabledino.nn.io.SafeTensors;

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
  void aRunIsTrainedAndJudgedByItsAp50() throws Exception {
    Path data = root.resolve("scenes");
    SceneDataset.create(data, new SceneOptions(1, 2, 1, 64), (_, _) -> {});
    Path out = root.resolve("trained");
    List<String> train = new ArrayList<>(List.of("--out", out.toString()));
    train.addAll(List.of("--data", data.toString(), "train", "--", "data.height=64"));
    train.addAll(List.of("data.width=64", "train.batchSize=1", "train.steps=1"));
    train.add("optimizer.warmupSteps=0");
    train.addAll(List.of("train.checkpointEvery=1", "model.transformer.numQueries=20"));
    Map<String, String> lenient = new HashMap<>(StandIn.environment());
    lenient.put("STABLE_DINO_CHECK_AP50", "0");
    Run passed = check(lenient, train.toArray(String[]::new));
    assertThat(passed.status()).as(passed.output()).isZero();
    assertThat(passed.output()).contains("at least 0 is wanted");
    // The run is done; without the lenient limit it is judged again, and has learnt nothing.
    Run failed = check(StandIn.environment(), train.toArray(String[]::new));
    assertThat(failed.status()).as(failed.output()).isEqualTo(1);
    assertThat(failed.output()).containsPattern("AP50 0[.0-9]*, at least 0.85 is wanted");
  }

  @Test
  void aStepIsMeasuredAndWrittenForItsPeer() throws Exception {
    Path out = root.resolve("steps");
    List<String> step = new ArrayList<>(List.of("--out", out.toString(), "step", "--"));
    step.addAll(List.of("--shape", "small.tiny 1x64x64 classes 3", "--kind", "network"));
    step.addAll(List.of("--precision", "float32,bf16", "--seconds", "0"));
    Run run = check(StandIn.environment(), step.toArray(String[]::new));
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(Files.readString(out.resolve("gpu-step.md")))
        .contains("stand-in", "small.tiny 1x64x64 classes 3", "GB in tensors")
        .containsPattern("network's step +float32 .*\n.*network's step +bf16 ");
    assertThat(Files.readAllLines(out.resolve("step/step.lines"))).hasSize(2);
    try (SafeTensors file = SafeTensors.open(out.resolve("step/step.safetensors"))) {
      assertThat(file.names())
          .contains("images", "selected", "denoising.boxes", "given.logits.0", "expected.boxes.0")
          .anyMatch(name -> name.startsWith("expected.grad."));
    }
    Map<String, String> without = Map.of("STABLE_DINO_CHECK_PYTHON", "/bin/false");
    Run peers = check(without, "--out", out.toString(), "peers");
    assertThat(peers.status()).as(peers.output()).isZero();
    assertThat(peers.output())
        .contains("/bin/false has no PyTorch with CUDA: nothing to compare with", "skipped");
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
