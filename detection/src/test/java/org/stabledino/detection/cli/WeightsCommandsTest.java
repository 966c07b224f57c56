package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.tensor.Tensor;

/** {@code convert}, and {@code train}, {@code eval} and {@code detect} with {@code --weights}. */
class WeightsCommandsTest {
  @TempDir static Path shared;

  private static Path data;
  private static Path trained;
  private static Path weights;

  /** A short run, and its weights as published ones look: names and numbers, no settings. */
  @BeforeAll
  static void train() {
    data = TinyRun.scenes(shared.resolve("data"));
    trained = shared.resolve("run");
    CommandLineRun.of(TinyRun.train(data, trained)).succeeded();
    weights = shared.resolve("published.safetensors");
    rewrite(trained.resolve("model.safetensors"), weights, 0);
  }

  /** Copies weights without their header's text; with another number of classes unless 0. */
  private static void rewrite(Path from, Path to, int classes) {
    try (SafeTensors file = SafeTensors.open(from)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : file.names()) {
        Tensor tensor = file.read(name);
        if (classes > 0 && name.matches(".*(class_embed.*|label_enc.weight)")) {
          int[] dims = tensor.shape().dims();
          dims[0] = classes;
          tensor = Tensor.zeros(dims);
        }
        tensors.put(name, tensor);
      }
      SafeTensors.write(to, TensorSource.of("test", tensors), Map.of());
    }
  }

  @Test
  void evaluatesWeightsAsItEvaluatesTheRun(@TempDir Path folder) throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
                "eval", "--checkpoint", trained, "--data", data, "--out", folder.resolve("run"))
            .succeeded();
    CommandLineRun published =
        CommandLineRun.of(
                "eval",
                "--weights",
                weights,
                "--config",
                trained.resolve("config.properties"),
                "--data",
                data,
                "--out",
                folder.resolve("published"))
            .succeeded();
    assertThat(figures(published)).isNotEmpty().isEqualTo(figures(run));
    assertThat(folder.resolve("published/detections.json"))
        .hasSameTextualContentAs(folder.resolve("run/detections.json"));
  }

  @Test
  void comparesPublishedWeightsWithARun(@TempDir Path folder) {
    Path config = trained.resolve("config.properties");
    Object[] command = {
      "unstable-score",
      "--data",
      data,
      "--out",
      folder,
      "--run",
      "ours=" + trained,
      "--weights",
      config + "=" + weights
    };
    // The file holds the run's weights, so both columns are alike.
    assertThat(CommandLineRun.of(command).succeeded().out().lines())
        .filteredOn(line -> line.startsWith("encoder → layer 1"))
        .singleElement()
        .satisfies(
            line -> {
              String[] cells = line.strip().split(" {2,}");
              assertThat(cells).hasSize(3);
              assertThat(cells[1]).isEqualTo(cells[2]);
            });
    command[6] = config + "=" + trained;
    CommandLineRun.of(command).refused("both called");
    CommandLineRun.of("unstable-score", "--data", data, "--out", folder)
        .refused("which detectors? Give --run, or --weights PRESET=FILE");
  }

  private static String figures(CommandLineRun run) {
    return String.join("\n", run.out().lines().filter(line -> line.contains("AP")).toList());
  }

  @Test
  void trainsFromWeights(@TempDir Path folder) {
    CommandLineRun run =
        CommandLineRun.of(
                TinyRun.train(
                    data,
                    folder.resolve("a"),
                    "--weights",
                    weights,
                    "optimizer.learningRate=1e-30",
                    "optimizer.weightDecay=0"))
            .succeeded();
    assertThat(run.out()).contains("weights: " + weights + ", a detector", "loaded");
    // Nothing was learnt, so whatever the run delivers is what it started from.
    try (SafeTensors start = SafeTensors.open(weights);
        SafeTensors end = SafeTensors.open(folder.resolve("a/model.safetensors"))) {
      assertThat(end.names()).containsExactlyInAnyOrderElementsOf(start.names());
      for (String name : start.names()) {
        assertThat(end.read(name).floats())
            .as(name)
            .usingComparatorWithPrecision(1e-5f)
            .containsExactly(start.read(name).floats());
      }
    }
  }

  @Test
  void fineTunesToOtherClasses(@TempDir Path folder) {
    Path others = folder.resolve("others.safetensors");
    rewrite(weights, others, 91);
    CommandLineRun run =
        CommandLineRun.of(TinyRun.train(data, folder.resolve("a"), "--weights", others))
            .succeeded();
    assertThat(run.out())
        .contains("re-initialised", "class_embed.0.weight: model", "file FLOAT32[91");
    CommandLineRun.of(
            "eval",
            "--weights",
            others,
            "--config",
            trained.resolve("config.properties"),
            "--data",
            data,
            "--out",
            folder.resolve("e"))
        .refused("others.safetensors", "knows 91 classes", "categories");
  }

  @Test
  void detectsWithWeights(@TempDir Path folder) {
    CommandLineRun run =
        CommandLineRun.of(
                "detect",
                "--weights",
                weights,
                "--config",
                trained.resolve("config.properties"),
                "--out",
                folder.resolve("found"),
                "--score",
                "0",
                data.resolve("images"))
            .succeeded();
    assertThat(run.out()).contains("results: ");
  }

  @Test
  void optionsThatDoNotFit(@TempDir Path folder) {
    CommandLineRun.of("detect", "--weights", weights, data.resolve("images"))
        .refused("--weights FILE and --config PRESET belong together");
    CommandLineRun.of(
            "detect",
            "--weights",
            weights,
            "--config",
            "x",
            "--checkpoint",
            "y",
            data.resolve("images"))
        .refused("name two detectors");
    CommandLineRun.of("eval", "--data", data, "--out", folder.resolve("a"))
        .refused("which detector?");
    CommandLineRun.of(
            "eval",
            "--weights",
            weights,
            "--config",
            "stable-dino-r50-4scale-12ep",
            "--data",
            data,
            "--out",
            folder.resolve("a"))
        .refused("published.safetensors (a detector) does not fit this model");
    CommandLineRun.of(TinyRun.train(data, trained, "resume", "--weights", weights))
        .refused("leave --weights out");
    CommandLineRun.of(TinyRun.train(data, folder.resolve("a"), "--partial"))
        .refused("--partial says how to take --weights");
    CommandLineRun.of(
            TinyRun.train(data, folder.resolve("a"), "--weights", folder.resolve("none.pth")))
        .refused("none.pth: no such file");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void convertsAndLists(@TempDir Path folder) {
    Path file = Fixtures.locate("checkpoint/mixed_zip.pth");
    CommandLineRun list = CommandLineRun.of("convert", "--list", file).succeeded();
    assertThat(list.out())
        .contains("F16   [4, 5]               half", "BF16  [3, 4]               bfloat16")
        .contains("torch (zip), section 'model': 20 tensors");
    Path out = folder.resolve("out.safetensors");
    CommandLineRun.of("convert", file, out).succeeded();
    try (SafeTensors converted = SafeTensors.open(out);
        SafeTensors expected =
            SafeTensors.open(Fixtures.locate("checkpoint/mixed.expected.safetensors"))) {
      assertThat(converted.names()).containsExactlyInAnyOrderElementsOf(expected.names());
      assertThat(converted.read("transposed_view").floats())
          .isEqualTo(expected.read("transposed_view").floats());
    }
    CommandLineRun.of("convert", file, out).refused("out.safetensors exists", "--force");
    CommandLineRun.of("convert", "--force", out, out).refused("would replace what it is read from");
    CommandLineRun.of("convert", "--force", "--prefix", "half_", "--strip", file, out).succeeded();
    try (SafeTensors converted = SafeTensors.open(out)) {
      assertThat(converted.names()).containsExactly("view");
    }
  }

  @Test
  void whatConvertRefuses(@TempDir Path folder) throws IOException {
    Path hostile = Fixtures.locate("checkpoint/must_refuse_global.pth");
    Path out = folder.resolve("out.safetensors");
    CommandLineRun.of("convert", hostile, out).refused("__builtin__.eval", "refused");
    Path file = Fixtures.locate("checkpoint/mixed_zip.pth");
    CommandLineRun.of("convert", file).refused("where to?");
    CommandLineRun.of("convert", "--list", file, out).refused("--list writes nothing");
    CommandLineRun.of("convert", "--section", "ema", file, out)
        .refused("has no section 'ema'; its sections are model, nested");
    CommandLineRun.of("convert", "--prefix", "nothing", file, out)
        .refused("none of its 20 tensors starts with 'nothing'");
    Path page = folder.resolve("page.pth");
    Files.writeString(page, "<!DOCTYPE html><html>not found</html>");
    CommandLineRun.of("convert", page, out).refused("starts with '<!DOCTYPE html><'", "download");
    assertThat(out).doesNotExist();
  }

  @Tag("parity")
  @Test
  void convertsRecordedDetectors(@TempDir Path folder) {
    Path out = folder.resolve("model.safetensors");
    CommandLineRun.of("convert", Fixtures.locate("checkpoint/detectron2_style.pth"), out)
        .succeeded();
    try (SafeTensors converted = SafeTensors.open(out);
        SafeTensors expected =
            SafeTensors.open(Fixtures.locate("model_tiny/stable/state_dict.safetensors"))) {
      for (String name : expected.names()) {
        assertThat(converted.read(name).floats()).as(name).isEqualTo(expected.read(name).floats());
      }
    }
  }
}
