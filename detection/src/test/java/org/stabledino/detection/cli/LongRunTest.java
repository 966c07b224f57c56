package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Restarts, time limits and the run through everything. */
class LongRunTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path data;

  @BeforeAll
  static void render() {
    data = TinyRun.scenes(shared.resolve("scenes"));
  }

  @Test
  void theSameCommandStartsGoesOnAndLeavesAFinishedRunAsItIs() {
    Path run = folder.resolve("run");
    CommandLineRun limited =
        CommandLineRun.of(
            TinyRun.train(
                data, run, "--resume", "auto", "--time-limit", "8s", "train.steps=1000000"));
    assertThat(limited.code()).isEqualTo(3);
    assertThat(limited.out()).containsPattern("the time limit is near: saved after step \\d+");
    assertThat(limited.out()).doesNotContain("resuming");

    String saved = limited.out().replaceAll("(?s).*saved after step (\\d+).*", "$1");
    long steps = Long.parseLong(saved) + 1;
    Object[] command = TinyRun.train(data, run, "--resume", "auto", "train.steps=" + steps);
    assertThat(CommandLineRun.of(command).succeeded().out())
        .contains("resuming after step " + saved + "\n", "report: ");

    Map<String, String> before = CommandLineRun.snapshot(run);
    assertThat(CommandLineRun.of(command).succeeded().out()).contains("the run is finished");
    assertThat(CommandLineRun.snapshot(run)).isEqualTo(before);
  }

  @Test
  void aFastRunGoesThroughEverythingInAFolderOfItsOwn() {
    Path run = folder.resolve("run");
    Object[] command = {
      "train",
      "--config",
      "stable-dino-demo",
      "--data",
      data,
      "--out",
      run,
      "--fast-dev-run",
      "data.height=64",
      "data.width=64",
      "train.batchSize=2"
    };
    CommandLineRun fast = CommandLineRun.of(command);
    assertThat(fast.succeeded().out())
        .contains("step 1: AP", "resuming after step 1\n", "step 2: AP");
    assertThat(run.resolve("fast-dev-run/index.html")).exists();
    assertThat(run.resolve("fast-dev-run/model.safetensors")).exists();
    CommandLineRun.of(TinyRun.train(data, run, "--fast-dev-run"))
        .refused("--fast-dev-run sets ", "itself: leave it out");
    CommandLineRun.of(TinyRun.train(data, run, "train.steps=1")).succeeded();
  }

  @Test
  void anotherBatchSizeIsCommentedOn() {
    assertThat(
            CommandLineRun.of(
                    TinyRun.train(
                        data, folder.resolve("run"), "train.batchSize=1", "train.steps=1"))
                .succeeded()
                .out())
        .contains("train.batchSize=1, the recipe has 2")
        .contains("(linear)");
  }

  @Test
  void aTimeLimitThatIsNoTimeIsRefused() {
    CommandLineRun.of(TinyRun.train(data, folder.resolve("run"), "--time-limit", "soon"))
        .refused("--time-limit", "'soon' is no time; write it as 90s, 20m, 1h30m or 2d");
  }

  @ParameterizedTest
  @CsvSource({"90s,90", "20m,1200", "1h30m,5400", "2d,172800", "1d2h3m4s,93784"})
  void timesAreReadAsPeopleWriteThem(String text, long seconds) {
    assertThat(new DurationConverter().convert(text)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "0s", "m", "1m1h", "-1s", "1.5h", "99999999999h"})
  void otherTimesAreRefused(String text) {
    assertThatThrownBy(() -> new DurationConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'");
  }
}
