package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: signals, and a disk that takes no more. */
class ProcessTest {
  private static final long PATIENCE_SECONDS = 90;

  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path data;

  @BeforeAll
  static void render() {
    data = TinyRun.scenes(shared.resolve("scenes"));
  }

  /** The command line as a process that writes to files in the folder. */
  private Process start(List<String> prefix, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-XX:-UsePerfData"));
    // Where nothing is done about it, Java writes numbers in Arabic digits there.
    command.addAll(List.of("-Duser.language=ar", "-Duser.country=EG"));
    // One thread, so that the test takes no longer on a machine that is busy with others.
    command.addAll(List.of("-Djava.awt.headless=true", "-Xmx512m", "-Dstabledino.threads=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .redirectError(folder.resolve("err.txt").toFile())
        .start();
  }

  /** What the process complained about; the JVM's own warnings are not meant. */
  private List<String> complaints() throws IOException {
    return Files.readAllLines(folder.resolve("err.txt")).stream()
        .filter(line -> !line.startsWith("WARNING: "))
        .toList();
  }

  private static boolean within(Process process, Path file, String text)
      throws IOException, InterruptedException {
    for (int i = 0; i < 10 * PATIENCE_SECONDS && process.isAlive(); i++) {
      if (Files.exists(file) && Files.readString(file).contains(text)) {
        return true;
      }
      Thread.sleep(100);
    }
    return false;
  }

  @Test
  void aSignalSavesAndTheRunGoesOn() throws IOException, InterruptedException {
    Path run = folder.resolve("run");
    Process process =
        start(
            List.of(),
            TinyRun.train(data, run, "train.steps=100000", "train.checkpointEvery=100000"));
    try {
      assertThat(within(process, run.resolve("metrics.jsonl"), "\"step\":3")).isTrue();
      process.destroy();
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isIn(143, 130);
    assertThat(complaints()).isEmpty();
    assertThat(folder.resolve("out.txt"))
        .content()
        .containsPattern("stopped and saved after step \\d+; add 'resume' to go on");
    // Letters, digits and punctuation of ASCII in all that was written.
    for (String file : List.of("config.properties", "metrics.jsonl")) {
      assertThat(run.resolve(file)).content().matches("\\p{ASCII}+");
    }
    long saved = savedStep(run);
    assertThat(saved).isGreaterThanOrEqualTo(3);
    assertThat(run.resolve("model.safetensors")).doesNotExist();

    CommandLineRun resumed =
        CommandLineRun.of(TinyRun.train(data, run, "train.steps=" + (saved + 1), "resume"));
    assertThat(resumed.succeeded().out()).contains("resuming after step " + saved + "\n");
    assertThat(savedStep(run)).isEqualTo(saved + 1);
    assertThat(run.resolve("model.safetensors")).exists();
  }

  /** The step of the newest checkpoint. */
  private static long savedStep(Path run) {
    return Arrays.stream(run.resolve("checkpoints").toFile().list())
        .mapToLong(name -> Long.parseLong(name.substring("step-".length())))
        .max()
        .orElseThrow();
  }

  /**
   * A limit on the size of files makes the system refuse in the middle of a file, as a full disk.
   */
  @Test
  void aDiskThatTakesNoMoreKeepsWhatWasThere() throws IOException, InterruptedException {
    Path shell = Path.of("/bin/sh");
    Assumptions.assumeTrue(Files.isExecutable(shell), "needs /bin/sh to limit file sizes");
    Path run = folder.resolve("run");
    String silent = "train.tensorBoard=false"; // no new file for each start
    CommandLineRun.of(TinyRun.train(data, run, "train.steps=1", silent)).succeeded();
    Map<String, String> before = CommandLineRun.snapshot(run);

    List<String> limited = List.of(shell.toString(), "-c", "ulimit -f 512; exec \"$0\" \"$@\"");
    Process process = start(limited, TinyRun.train(data, run, "train.steps=3", silent, "resume"));
    try {
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(complaints())
        .singleElement()
        .asString()
        .startsWith("error: cannot write " + run)
        .contains("free some space or choose another folder");
    assertThat(process.exitValue()).isEqualTo(2);
    Map<String, String> after = CommandLineRun.snapshot(run);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    for (String kept :
        List.of("checkpoints/step-00000001/model.safetensors", "model.safetensors")) {
      assertThat(after).containsEntry(kept, before.get(kept));
    }
  }
}
