package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that study a trained run. */
class StudyCommandsTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path data;
  private static Path run;

  @BeforeAll
  static void train() {
    data = TinyRun.scenes(shared.resolve("scenes"));
    run = shared.resolve("run");
    CommandLineRun.of(TinyRun.train(data, run)).succeeded();
  }

  @Test
  void unstableScoresOfTwoRuns() {
    Path out = folder.resolve("out");
    CommandLineRun done =
        CommandLineRun.of(
                "unstable-score",
                "--run",
                "a=" + run,
                "--run",
                run.resolve("model.safetensors"),
                "--data",
                data,
                "--out",
                out)
            .succeeded();
    assertThat(done.out())
        .contains("encoder → layer 1", "layer 1 → layer 2", "a  model.safetensors", "written: ");
    assertThat(out.resolve("unstable-score.json")).content().contains("\"run\":\"a\"");
    assertThat(out.resolve("unstable-score.png")).exists();
  }

  @Test
  void wrongRunsAreRefusedInOneLine() {
    Path out = folder.resolve("out");
    CommandLineRun.of("unstable-score", "--data", data).refused("--run");
    CommandLineRun.of("unstable-score", "--data", data, "--run", "runs/none", "--out", out)
        .refused("runs/none", "no such file");
    CommandLineRun.of("unstable-score", "--data", data, "--run", "\0", "--out", out)
        .refused("no path");
    CommandLineRun.of(
            "unstable-score", "--data", data, "--run", run, "--run", run + "/.", "--out", out)
        .refused("both called 'run'", "--run baseline=");
    CommandLineRun.of("unstable-score", "--data", folder, "--run", run, "--out", out)
        .refused(folder);
    CommandLineRun.of(
            "unstable-score", "--data", data, "--run", run, "--out", out, "eval.batchsize=1")
        .refused("eval.batchSize");
    CommandLineRun.of("unstable-score", "--data", data, "--run", run, "--out", out, "train.steps=1")
        .refused("setting train.steps has an effect in training only");
    assertThat(out).doesNotExist();
  }

  private CommandLineRun explain(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("explain", "--checkpoint", run));
    arguments.addAll(List.of("--data", data, "--out", folder.resolve("out")));
    arguments.addAll(List.of(more));
    return CommandLineRun.of(arguments.toArray());
  }

  @Test
  void aPictureIsExplained() {
    assertThat(explain("--query", 3, "--layer", 1).succeeded().out())
        .isEqualTo("look at " + folder.resolve("out").resolve("index.html") + "\n");
    assertThat(folder.resolve("out/sampling-3.png")).exists();
    assertThat(folder.resolve("out/index.html")).content().contains("Stable matching on ");
  }

  @Test
  void wrongPicturesQueriesAndLayersAreRefusedInOneLine() {
    explain("--image", "nothing.png").refused("--image nothing.png", "instances_val.json");
    explain("--image", 123456).refused("--image 123456");
    explain("--query", 20).refused("--query 20", "0 to 19");
    explain("--query", "all").refused("--query", "all");
    explain("--layer", 3).refused("--layer 3", "1 to 2");
    explain("--split", "test").refused("no annotations for \"test\"");
    explain("--device=cuda").refused("cuda");
    assertThat(folder.resolve("out")).doesNotExist();
    CommandLineRun.of("explain", "--checkpoint", run).refused("--data");
  }

  @Test
  void aPictureWithoutGroundTruthIsRefused() throws IOException {
    Path bare = folder.resolve("bare");
    TinyRun.copy(data, bare);
    TinyRun.edit(
        bare.resolve("annotations/instances_val.json"),
        "(?s)\"annotations\".*?\\[.*?\\{",
        "\"annotations\": [], \"ignored\": [{");
    CommandLineRun.of("explain", "--checkpoint", run, "--data", bare, "--out", folder.resolve("o"))
        .refused("no image has an annotation that can be matched");
  }
}
