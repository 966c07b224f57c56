package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.cuda.StandIn;

/** Commands with {@code --device cuda} on the stand-in for a GPU. */
@Tag("standin")
class CudaCommandsTest {
  @TempDir Path folder;

  private static double firstLoss(Path run) throws IOException {
    Matcher loss =
        Pattern.compile("\"loss\":([0-9.eE+-]+)")
            .matcher(Files.readString(run.resolve("metrics.jsonl")));
    assertThat(loss.find()).isTrue();
    return Double.parseDouble(loss.group(1));
  }

  @Test
  void trainsSavesAndDetectsLikeTheCpu() throws IOException {
    StandIn.device();
    Path data = TinyRun.scenes(folder.resolve("scenes"));
    Path cpu = folder.resolve("cpu");
    Path cuda = folder.resolve("cuda");
    CommandLineRun.of(TinyRun.train(data, cpu, "train.steps=1")).succeeded();
    CommandLineRun run =
        CommandLineRun.of(TinyRun.train(data, cuda, "train.steps=1", "--device", "cuda"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("stand-in");
    assertThat(firstLoss(cuda)).isCloseTo(firstLoss(cpu), within(1e-3));
    // What was trained on one device is read on the other.
    CommandLineRun.of(
            "detect",
            "--checkpoint",
            cuda,
            "--out",
            folder.resolve("found"),
            data.resolve("images/000007.png"))
        .succeeded();
  }
}
