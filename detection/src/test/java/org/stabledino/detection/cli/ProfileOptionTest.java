package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --profile} prints tables, writes a page, and changes no result. */
class ProfileOptionTest {
  @TempDir static Path folder;
  private static Path data;
  private static Path plain;

  @BeforeAll
  static void train() {
    data = TinyRun.scenes(folder.resolve("data"));
    plain = folder.resolve("plain");
    CommandLineRun.of(TinyRun.train(data, plain, "train.steps=4")).succeeded();
  }

  @Test
  void trainingIsMeasuredAndTheSame() throws IOException {
    Path out = folder.resolve("profiled");
    CommandLineRun run =
        CommandLineRun.of(TinyRun.train(data, out, "train.steps=4", "--profile")).succeeded();
    // Two of four steps warm up.
    assertThat(run.out()).containsPattern("profile: \\S+ ms a step, mean of 2; \\S+ GFLOP\n");
    assertThat(run.out())
        .containsPattern("\nforward  .*\n")
        .containsPattern("\nbackward  .*\n")
        .containsPattern("\nupdate  .*\n")
        .containsPattern("\nLinear backward  .*\n")
        .containsPattern("\nadamW  .*\n")
        .containsPattern("\ntransformer.decoder.layers.0  .*\n");
    assertThat(shares(run.out(), "by phase")).isBetween(99.0, 101.0);
    assertThat(Files.readString(out.resolve("profile.html")))
        .contains("transformer", "conv2dBackwardWeight")
        .doesNotContain("http");
    assertThat(out.resolve("model.safetensors"))
        .hasSameBinaryContentAs(plain.resolve("model.safetensors"));
  }

  /** The sum of the shares of a table, in percent. */
  private static double shares(String out, String title) {
    String table = out.substring(out.indexOf(title));
    return Pattern.compile("(\\S+) %")
        .matcher(table.substring(0, table.indexOf("\n\n")))
        .results()
        .map((MatchResult result) -> result.group(1))
        .mapToDouble(Double::parseDouble)
        .sum();
  }

  @Test
  void detectionIsMeasured() {
    Path out = folder.resolve("found");
    CommandLineRun run =
        CommandLineRun.of(
                "detect", "--checkpoint", plain, "--out", out, "--profile", data.resolve("images"))
            .succeeded();
    assertThat(run.out())
        .contains("ms a picture, mean of 5", "\ndecode  ", "\nresize  ", "\ndraw  ", "\nforward  ");
    assertThat(out.resolve("profile.html")).exists();
  }

  @Test
  void evaluationIsMeasured() {
    Path out = folder.resolve("figures");
    CommandLineRun run =
        CommandLineRun.of("eval", "--checkpoint", plain, "--data", data, "--out", out, "--profile")
            .succeeded();
    assertThat(run.out()).contains("ms a batch", "\ndetections  ", "\nforward  ");
    assertThat(out.resolve("profile.html")).exists();
  }

  @Test
  void nothingIsWrittenUnasked() {
    assertThat(plain.resolve("profile.html")).doesNotExist();
  }

  @Test
  void combinationsThatSayNothingAreRefused() {
    CommandLineRun.of(TinyRun.train(data, folder.resolve("no"), "--fast-dev-run", "--profile"))
        .refused("--profile");
    CommandLineRun.of(
            "detect",
            "--checkpoint",
            plain,
            "--profile",
            "--device",
            "cuda",
            data.resolve("images"))
        .refused("--profile", "GPU");
  }
}
