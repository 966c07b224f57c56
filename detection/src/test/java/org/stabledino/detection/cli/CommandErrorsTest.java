package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.data.Polygons;

/** Wrong options, settings, models and folders: one line each, and nothing changes on the disk. */
class CommandErrorsTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path data;
  private static Path run;
  private Object sharedBefore;

  @BeforeAll
  static void train() {
    data = TinyRun.scenes(shared.resolve("scenes"));
    run = shared.resolve("run");
    CommandLineRun.of(TinyRun.train(data, run)).succeeded();
  }

  @BeforeEach
  void look() {
    sharedBefore = CommandLineRun.snapshot(shared);
  }

  @AfterEach
  void nothingChanged() {
    assertThat(CommandLineRun.snapshot(shared)).isEqualTo(sharedBefore);
  }

  private static Arguments setting(String setting, String... expected) {
    return arguments(setting, List.of(expected));
  }

  static Stream<Arguments> settings() {
    return Stream.of(
        setting("train.step=5", "unknown setting 'train.step': did you mean 'train.steps'?"),
        setting("optimizer.lr=1", "unknown setting 'optimizer.lr': did you mean 'optimizer."),
        setting("train.steps=many", "setting train.steps: 'many' is not a whole number"),
        setting("optimizer.learningRate=NaN", "setting optimizer.learningRate: 'NaN' is not"),
        setting("optimizer.learningRate=-1", "setting optimizer.learningRate=-1 is out of range"),
        setting("train.steps=0", "setting train.steps=0 is out of range: steps must be positive"),
        setting("train.batchSize=-3", "setting train.batchSize=-3 is out of range"),
        setting("train.emaDecay=1", "emaDecay must be at least 0.0 and less than 1.0"),
        setting("optimizer.beta1=1", "setting optimizer.beta1=1 is out of range: beta1 must be"),
        setting("optimizer.beta2=1", "setting optimizer.beta2=1 is out of range: beta2 must be"),
        setting("optimizer.warmupSteps=2", "optimizer.warmupSteps=2 must be below train.steps=2"),
        setting("optimizer.milestones=0.5", "no effect with optimizer.schedule=cosine"),
        setting("data.maxSize=800", "data.maxSize has no effect with data.augmentation=fixed"),
        setting("data.zoomMin=2", "setting data.zoomMin=2 is out of range"),
        setting("model.transformer.fusion=thick", "'thick' is not one of "),
        setting("model.transformer.heads=7", "divisor of embedDim"),
        setting("compat=official", "setting compat: 'official' is not one of paper, released"),
        setting("preset=stable-dino-small", "the preset is chosen with --config"),
        setting("model.numClasses=3", "the model has 3 classes", "lists 6 categories", "leave"),
        setting("continue", "'continue' is not of the form key=value"),
        setting("=5", "'=5' is not of the form key=value"),
        setting("--step=5", "Unknown option: '--step=5'", "--help"),
        setting("--splt", "Unknown option: '--splt'"),
        setting("--device=tpu", "'--device'", "tpu"),
        setting("--amp=bf16", "train.amp=bf16 needs a GPU and cuBLAS: give --device cuda"),
        setting("--amp=fp16", "'--amp'", "fp16"),
        setting("--boxes=keep", "'--boxes'", "keep"),
        // Without a driver the first, on a machine with a GPU the second.
        setting("--device=cuda", "cuda", "use ", "device", "cpu"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void aWrongSettingIsNamed(String setting, List<String> expected) {
    CommandLineRun.of(TinyRun.train(data, folder.resolve("new"), setting))
        .refused(expected.toArray());
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void mixedPrecisionIsAskedForOnce() {
    CommandLineRun.of(TinyRun.train(data, folder.resolve("new"), "--amp", "bf16", "train.amp=off"))
        .refused("--amp and train.amp= are the same setting");
  }

  private CommandLineRun trainWith(String config) {
    return CommandLineRun.of(
        "train", "--config", config, "--data", data, "--out", folder.resolve("new"));
  }

  @Test
  void anUnknownPresetIsAnsweredWithTheNearest() {
    trainWith("stable-dino-smell")
        .refused("'stable-dino-smell'", "did you mean 'stable-dino-small'?", "presets lists all");
    CommandLineRun.of("presets", "nothing").refused("'nothing'");
    CommandLineRun.of("presets", "stable-dino-small", "--classes", 0).refused("--classes 0");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aConfigurationFileOfNonsenseIsNamed() throws IOException {
    Path file = folder.resolve("mine.properties");
    Files.writeString(file, "this is no configuration\n");
    trainWith(file.toString()).refused(file + ": unknown setting 'this'");
    Files.writeString(file, "train.steps = soon\n");
    trainWith(file.toString()).refused(file + ": setting train.steps: 'soon'");
    Files.writeString(file, "preset = mine\n");
    trainWith(file.toString()).refused(file + ": no preset", "'mine'");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    trainWith(file.toString()).refused("cannot read the configuration " + file, "key = value");
    Files.writeString(file, "a = \\u12");
    trainWith(file.toString()).refused("cannot read the configuration " + file);
    assertThat(folder).isDirectoryContaining("glob:**/mine.properties");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void aFolderThatHoldsARunIsNotOverwritten() {
    CommandLineRun.of(TinyRun.train(data, run))
        .refused(run + " already holds a run: add 'resume' to go on with it, or choose another");
  }

  @Test
  void theDemoNeedsAFolderOfItsOwn() {
    CommandLineRun.of("demo", "--out", folder.getRoot())
        .refused("leaves no room for the scenes beside it; give a folder of its own");
  }

  @Test
  void resumingNeedsACheckpoint() throws IOException {
    CommandLineRun.of(TinyRun.train(data, folder, "resume"))
        .refused(folder + " holds no checkpoint to resume from: leave 'resume' out");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void resumingNeedsTheClassesOfTheCheckpoint() throws IOException {
    Path other = folder.resolve("data");
    TinyRun.copy(data, other);
    for (String split : List.of("train", "val")) {
      TinyRun.edit(
          other.resolve("annotations/instances_" + split + ".json"),
          "\"categories\":\\[",
          "\"categories\":[{\"id\":77,\"name\":\"moon\",\"supercategory\":\"\"},");
    }
    CommandLineRun.of(TinyRun.train(other, run, "resume"))
        .refused("the checkpoint " + run, "knows 6 classes", "lists 7 categories");
    CommandLineRun.of("eval", "--checkpoint", run, "--data", other, "--out", folder.resolve("eval"))
        .refused("the detector knows 6 classes", "lists 7 categories", "it was trained for");
    assertThat(folder.resolve("eval")).doesNotExist();
  }

  @Test
  void resumingKeepsTheSettingsTheRunWasStartedWith() {
    Path copy = folder.resolve("run");
    TinyRun.copy(run, copy);
    CommandLineRun resumed =
        CommandLineRun.of(
                "train", "--config", "stable-dino-demo", "--data", data, "--out", copy, "resume")
            .succeeded();
    // Two steps, as the run was started with, and not the thousands of the preset.
    assertThat(resumed.out()).contains("resuming after step 2");
    assertThat(copy.resolve("config.properties"))
        .content()
        .contains("train.steps = 2\n", "model.transformer.numQueries = 20\n");
  }

  @Test
  void resumingNeedsThePresetTheRunWasStartedWith() {
    CommandLineRun.of(
            "train", "--config", "stable-dino-small", "--data", data, "--out", run, "resume")
        .refused(run + " was started with --config stable-dino-demo", "choose another --out");
  }

  @Test
  void resumingNeedsTheArchitectureOfTheCheckpoint() {
    CommandLineRun.of(TinyRun.train(data, run, "resume", "model.transformer.decoderLayers=1"))
        .refused(
            "model.safetensors does not fit this model",
            "unknown to the model",
            "use the configuration it was trained with");
    CommandLineRun.of(
            "eval",
            "--checkpoint",
            run,
            "--data",
            data,
            "--out",
            folder.resolve("eval"),
            "model.transformer.numQueries=30")
        .refused("does not fit this model", "use the configuration it was trained with");
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "eval", "detect", "demo", "coco-eval"})
  void aFileWhereAFolderShouldBeIsNamed(String command) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Path out = file.resolve("out");
    Object before = CommandLineRun.snapshot(folder);
    Object[] arguments =
        switch (command) {
          case "train" -> TinyRun.train(data, out);
          case "eval" -> new Object[] {command, "--checkpoint", run, "--data", data, "--out", out};
          case "detect" ->
              new Object[] {command, "--checkpoint", run, "--out", out, data.resolve("images")};
          case "demo" -> new Object[] {command, "--out", out};
          default ->
              new Object[] {
                command,
                "--gt",
                data.resolve("annotations/instances_val.json"),
                "--dt",
                run.resolve("detections.json"),
                "--json",
                out.resolve("metrics.json")
              };
        };
    CommandLineRun.of(arguments).refused("cannot write", file + " is a file;", "another");
    assertThat(CommandLineRun.snapshot(folder)).isEqualTo(before);
  }

  /** What may be wrong with a model file. */
  static Stream<Arguments> damagedModels() {
    return Stream.of(
        arguments("truncated", "is truncated or damaged"),
        arguments("empty", "0 bytes are too few for a safetensors file"),
        arguments("text", "no safetensors file"),
        arguments("header", "the header is not valid JSON"),
        arguments("foreign", "holds no configuration: it was not written by ./stable-dino train"),
        arguments("categories", "holds no categories"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damagedModels")
  void aDamagedModelIsNamed(String damage, String expected) throws IOException {
    byte[] good = Files.readAllBytes(run.resolve("model.safetensors"));
    byte[] bad =
        switch (damage) {
          case "truncated" -> Arrays.copyOf(good, good.length - 1000);
          case "empty" -> new byte[0];
          case "text" -> "this is no model".getBytes(StandardCharsets.UTF_8);
          case "header" -> replaced(good, "{\"__metadata__\"", "{\"__metadata__ ");
          case "foreign" -> replaced(good, "\"config.", "\"konfig.");
          default -> replaced(good, "\"category.", "\"kategory.");
        };
    Path model = Files.write(folder.resolve("model.safetensors"), bad);
    for (String command : List.of("eval", "detect")) {
      Object[] arguments =
          command.equals("eval")
              ? new Object[] {command, "--data", data, "--out", folder.resolve("out")}
              : new Object[] {command, "--out", folder.resolve("out"), data.resolve("images")};
      Object[] all = Arrays.copyOf(arguments, arguments.length + 2);
      all[arguments.length] = "--checkpoint";
      all[arguments.length + 1] = command.equals("eval") ? model : folder;
      CommandLineRun.of(all).refused(model, expected);
    }
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** Replaces every occurrence of an ASCII text by one of the same length. */
  private static byte[] replaced(byte[] bytes, String from, String to) {
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .replace(from, to)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aDamagedCheckpointIsNamed() throws IOException {
    Path copy = folder.resolve("run");
    TinyRun.copy(run, copy);
    Path file = copy.resolve("checkpoints/step-00000002/optimizer.safetensors");
    byte[] good = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(good, good.length / 2));
    Map<String, String> before = CommandLineRun.snapshot(folder);
    CommandLineRun.of(TinyRun.train(data, copy, "resume")).refused(file, "truncated");
    Files.delete(file);
    CommandLineRun.of(TinyRun.train(data, copy, "resume")).refused(file + ": no such file");
    Files.write(file, Arrays.copyOf(good, good.length / 2));
    assertThat(CommandLineRun.snapshot(folder).keySet()).isEqualTo(before.keySet());
  }

  @Test
  void aMissingModelIsNamed() throws IOException {
    Path out = folder.resolve("out");
    Path nowhere = folder.resolve("nowhere");
    CommandLineRun.of("eval", "--checkpoint", nowhere, "--data", data, "--out", out)
        .refused(nowhere + ": no such file or folder; give a run's folder");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    CommandLineRun.of("detect", "--checkpoint", empty, "--out", out, data.resolve("images"))
        .refused(empty + " holds neither best.safetensors nor model.safetensors: train first");
    assertThat(out).doesNotExist();
  }

  @Test
  void detectNeedsPictures() throws IOException {
    Path out = folder.resolve("out");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path text = Files.writeString(folder.resolve("text.jpg"), "this is no picture");
    Path good = data.resolve("images/000001.png");
    CommandLineRun.of("detect", "--checkpoint", run, "--out", out, empty)
        .refused("no picture found in " + empty, "name .jpg or .png files");
    CommandLineRun.of("detect", "--checkpoint", run, "--out", out, folder.resolve("a.png"))
        .refused(folder.resolve("a.png") + ": no such picture or folder; check its name");
    CommandLineRun.of("detect", "--checkpoint", run, "--out", out, good, text)
        .refused(text + ": cannot be read as an image (it is no image file", "replace or remove");
    CommandLineRun.of("detect", "--checkpoint", run, "--out", good.getParent(), good)
        .refused("the picture " + good + " would be replaced by an annotated copy");
    CommandLineRun.of("detect", "--checkpoint", run, "--out", out, good, good)
        .refused("would both be drawn to " + out.resolve("000001.png"));
    CommandLineRun.of("detect", "--checkpoint", run, "--out", out, "--score", 2, good)
        .refused("--score 2.0 is out of range; give 0 to 1");
    CommandLineRun.of("detect", "--checkpoint", run, "--device", "cuda", good)
        .refused("device", "cuda", "cpu");
    assertThat(out).doesNotExist();
  }

  @Test
  void cocoEvalNamesTheEntry() throws IOException {
    Path truth = data.resolve("annotations/instances_val.json");
    Path results = folder.resolve("results.json");
    Path json = folder.resolve("metrics.json");
    String entry = "{\"image_id\":%s,\"category_id\":%s,\"bbox\":[1,2,3,%s],\"score\":%s}";
    for (List<String> c :
        List.of(
            List.of("[" + entry.formatted(4711, 1, 4, 1) + "]", "entry 0: unknown image_id 4711"),
            List.of("[" + entry.formatted(7, 99, 4, 1) + "]", "entry 0: unknown category_id 99"),
            List.of("[" + entry.formatted(7, 1, -4, 1) + "]", "entry 0: bbox has the size"),
            List.of("[" + entry.formatted(7, 1, 4, "\"a\"") + "]", "entry 0: score must hold"),
            List.of("[" + entry.formatted(7, 1, 4, 1) + ",", "malformed JSON near line 1"),
            List.of("[{\"image_id\":7}]", "entry 0: category_id is missing"),
            List.of("{}", "is not a COCO result list"),
            List.of("", "is not a COCO result list"))) {
      Files.writeString(results, c.getFirst());
      CommandLineRun.of("coco-eval", "--gt", truth, "--dt", results, "--json", json)
          .refused(results, c.getLast());
    }
    Path missing = folder.resolve("missing.json");
    CommandLineRun.of("coco-eval", "--gt", truth, "--dt", missing).refused(missing, "exist");
    CommandLineRun.of("coco-eval", "--gt", missing, "--dt", results).refused(missing, "no such");
    CommandLineRun.of("coco-eval", "--gt", truth, "--dt", folder)
        .refused(folder + " cannot be read (Is a directory); give a readable file");
    assertThat(json).doesNotExist();
  }

  @Test
  void evalSuppressesInSeveralWaysAtOnce() throws IOException {
    Path out = folder.resolve("eval");
    CommandLineRun evaluated =
        CommandLineRun.of(
                "eval",
                "--checkpoint",
                run,
                "--data",
                data,
                "--out",
                out,
                "--nms",
                "off,0.8",
                "--per-class")
            .succeeded();
    assertThat(evaluated.out()).contains("NMS off:", "NMS 0.8:", "category");
    for (String part : List.of("nms-off", "nms-0.8")) {
      assertThat(out.resolve(part).resolve("metrics.json")).exists();
      CommandLineRun.of(
              "coco-eval",
              "--gt",
              data.resolve("annotations/instances_val.json"),
              "--dt",
              out.resolve(part).resolve("detections.json"))
          .succeeded();
    }
    assertThat(out.resolve("nms-off/config.properties"))
        .content()
        .contains("model.postProcessor.nmsThreshold = 1");
    assertThat(out.resolve("metrics.json")).doesNotExist();
    for (String bad : List.of("1", "-0.1", "on", "NaN", "")) {
      CommandLineRun.of("eval", "--checkpoint", run, "--data", data, "--out", out, "--nms", bad)
          .refused("--nms " + bad + ": give off, or the largest IoU");
    }
  }

  @Test
  void cocoEvalMeasuresMasks() throws IOException {
    Path truth = folder.resolve("truth.json");
    Path results = folder.resolve("masks.json");
    Path json = folder.resolve("masks-metrics.json");
    Files.writeString(
        truth,
        """
        {"images": [{"id": 5, "file_name": "a", "width": 30, "height": 20}],
         "categories": [{"id": 18, "name": "dog"}],
         "annotations": [{"id": 7, "image_id": 5, "category_id": 18, "bbox": [2, 3, 10, 10],
           "area": 100, "segmentation": [[2, 3, 12, 3, 12, 13, 2, 13]]}]}
        """);
    String rle = Polygons.of(new double[] {2, 3, 12, 3, 12, 13, 2, 13}).rasterise(20, 30).pack();
    Files.writeString(
        results,
        "[{\"image_id\": 5, \"category_id\": 18, \"score\": 0.5, \"segmentation\": "
            + "{\"size\": [20, 30], \"counts\": \""
            + rle.replace("\\", "\\\\")
            + "\"}}]");
    CommandLineRun measured =
        CommandLineRun.of(
                "coco-eval",
                "--gt",
                truth,
                "--dt",
                results,
                "--type",
                "segm",
                "--json",
                json,
                "--per-class")
            .succeeded();
    assertThat(measured.out()).contains("maxDets=100 ] = 1.000").contains("dog");
    assertThat(json).content().contains("\"segm\"", "\"per_class\"", "\"dog\"");
    CommandLineRun.of("coco-eval", "--gt", truth, "--dt", results)
        .refused(results, "entry 0: bbox is missing; a box detection has");
  }

  @Test
  void aMissingOptionIsNamed() {
    CommandLineRun.of("train", "--data", data).refused("--config", "--out", "train --help");
    CommandLineRun.of("trian").refused("'trian'", "did you mean", "train");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "demo",
        "train",
        "eval",
        "detect",
        "inspect",
        "coco-eval",
        "presets",
        "doctor"
      })
  void helpShowsExamples(String command) {
    CommandLineRun help =
        command.isEmpty() ? CommandLineRun.of("--help") : CommandLineRun.of(command, "--help");
    assertThat(help.succeeded().out())
        .contains("Usage: ")
        .containsPattern("Examples?:")
        .contains("./stable-dino " + (command.isEmpty() ? "demo" : command));
  }

  @Test
  void doctorSaysWhatThereIsAndWhatIsMissing() {
    assertThat(CommandLineRun.of("doctor").succeeded().out())
        .contains("java ", "cpu ", " processors", "Vector API", "cuda ", "stand-in")
        .containsAnyOf("missing: ", "driver for CUDA");
  }

  @Test
  void goodCommandsDoTheirWork() {
    Path evaluated = folder.resolve("evaluated");
    CommandLineRun.of(
            "eval", "--checkpoint", run, "--data", data, "--out", evaluated, "--device", "CPU")
        .succeeded();
    assertThat(evaluated).isDirectoryContaining("glob:**/metrics.json");
    CommandLineRun.of("inspect", "--data", data, "--decode").succeeded();
    Path found = folder.resolve("found");
    CommandLineRun.of("detect", "--checkpoint", run, "--out", found, data.resolve("images"))
        .succeeded();
    assertThat(found.toFile().list()).hasSize(10).contains("detections.json", "000009.png");
    CommandLineRun.of(
            "coco-eval",
            "--gt",
            data.resolve("annotations/instances_val.json"),
            "--dt",
            evaluated.resolve("detections.json"))
        .succeeded();
  }
}
