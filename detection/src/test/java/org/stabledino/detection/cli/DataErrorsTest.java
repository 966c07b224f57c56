package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong with a data set, the user reads one line and nothing is left behind. */
class DataErrorsTest {
  private static final String BOX = "\"bbox\":\\[[^\\]]*\\]";

  @TempDir static Path shared;
  @TempDir Path folder;

  private Path data;

  @BeforeAll
  static void render() {
    TinyRun.scenes(shared.resolve("scenes"));
  }

  @BeforeEach
  void copy() {
    data = folder.resolve("data");
    TinyRun.copy(shared.resolve("scenes"), data);
  }

  /** Something that goes wrong with a data set. */
  @FunctionalInterface
  private interface Damage {
    void on(Path data) throws IOException;
  }

  private static Arguments damage(String what, Damage damage, String... expected) {
    return arguments(what, damage, List.of(expected));
  }

  private static Arguments edit(String what, String pattern, String text, String... expected) {
    return damage(what, data -> TinyRun.edit(annotations(data), pattern, text), expected);
  }

  private static Path annotations(Path data) {
    return data.resolve("annotations").resolve("instances_train.json");
  }

  private static List<Path> pictures(Path data) {
    return Stream.of("000001", "000002", "000003", "000004", "000005", "000006")
        .map(name -> data.resolve("images").resolve(name + ".png"))
        .toList();
  }

  private static Arguments pictures(String what, byte[] bytes, String... expected) {
    return damage(
        what,
        data -> {
          for (Path picture : pictures(data)) {
            Files.write(picture, bytes);
          }
        },
        expected);
  }

  private static byte[] encoded(String format, int size) {
    var out = new java.io.ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB), format, out);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return out.toByteArray();
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage(
            "no annotation file",
            data -> Files.delete(annotations(data)),
            "no annotations for \"train\"",
            "expected annotations/instances_train.json"),
        damage(
            "no validation annotations",
            data -> Files.delete(data.resolve("annotations/instances_val.json")),
            "no annotations for \"val\""),
        damage(
            "truncated JSON",
            data -> {
              byte[] json = Files.readAllBytes(annotations(data));
              Files.write(annotations(data), Arrays.copyOf(json, json.length * 2 / 3));
            },
            "instances_train.json: the JSON ends early at line",
            "copy or download it again"),
        damage(
            "an empty annotation file",
            data -> Files.write(annotations(data), new byte[0]),
            "instances_train.json: the file is empty; expected an object with images"),
        damage(
            "no JSON at all",
            data -> Files.writeString(annotations(data), "<html>not found</html>"),
            "instances_train.json: not valid JSON at line 1"),
        damage(
            "a list instead of an object",
            data -> Files.writeString(annotations(data), "[]"),
            "instances_train.json: not a COCO annotation file; expected an object"),
        damage(
            "no categories",
            data -> Files.writeString(annotations(data), "{\"images\":[],\"annotations\":[]}"),
            "the list \"categories\" is missing"),
        damage(
            "nothing to learn",
            data ->
                TinyRun.edit(annotations(data), "\"annotations\":\\[.*\\]", "\"annotations\":[]"),
            "no image has an annotation"),
        edit(
            "a negative box",
            BOX,
            "\"bbox\":[10,10,-5,8]",
            "annotation 1: bbox [10.0, 10.0, -5.0, 8.0] has no positive width and height",
            "--boxes drop"),
        edit("a box of no height", BOX, "\"bbox\":[10,10,5,0]", "annotation 1", "--boxes drop"),
        edit("a box of three numbers", BOX, "\"bbox\":[1,2,3]", "annotation 1: \"bbox\" is not"),
        edit("a box with NaN", BOX, "\"bbox\":[1,NaN,3,4]", "annotation 1: bbox", "not finite"),
        edit(
            "an unknown category id",
            "\"category_id\":\\d+",
            "\"category_id\":99",
            "annotation 1: unknown category_id 99; add the category or remove the annotation"),
        edit(
            "an unknown image id",
            "\"image_id\":\\d+",
            "\"image_id\":4711",
            "annotation 1: unknown image_id 4711; add the image or remove the annotation"),
        edit("an id of text", "\"image_id\":\\d+", "\"image_id\":\"a\"", "is not a whole number"),
        edit("an id twice", "\"id\":2,\"image_id\"", "\"id\":1,\"image_id\"", "more than once"),
        edit("an image of no size", "\"width\":64", "\"width\":0", "its size is 0 x 64"),
        edit(
            "a file name that no file can have",
            "000001.png",
            "a\\\\u0000.png",
            "image 1: \"file_name\""),
        edit(
            "other categories in training",
            "\"name\":\"disc\"|\"name\":\"\\w+\"",
            "\"name\":\"moon\"",
            "list different categories"),
        damage(
            "a missing image",
            data -> Files.delete(pictures(data).getFirst()),
            "000001.png: the file of image 1 is missing; add it, or remove the image from"),
        damage(
            "truncated images",
            data -> {
              for (Path picture : pictures(data)) {
                byte[] bytes = Files.readAllBytes(picture);
                Files.write(picture, Arrays.copyOf(bytes, bytes.length / 2));
              }
            },
            ".png: cannot be read as an image (the PNG file ends early); replace or remove it"),
        pictures("empty images", new byte[0], "(the file is empty); replace or remove it"),
        pictures(
            "text as images",
            "this is no picture".getBytes(StandardCharsets.UTF_8),
            "(it is no image file, only JPEG and PNG images can be read)"),
        pictures("GIF images", encoded("gif", 64), "(it is a GIF file, only JPEG and PNG"),
        pictures(
            "truncated JPEG images",
            Arrays.copyOf(encoded("jpg", 64), 400),
            ".png: cannot be read as an image ("),
        pictures(
            "images of another size",
            encoded("png", 32),
            ".png: is 32 x 32 pixels, the annotations (image ",
            "say 64 x 64; correct either"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void trainingRefuses(String what, Damage damage, List<String> expected) throws IOException {
    damage.on(data);
    Object before = CommandLineRun.snapshot(folder);
    CommandLineRun.of(
            TinyRun.train(data, folder.resolve("run"), "train.steps=1", "train.batchSize=6"))
        .refused(expected.toArray());
    assertThat(CommandLineRun.snapshot(folder)).isEqualTo(before);
  }

  @Test
  void aMissingFolderIsNamed() {
    Path missing = folder.resolve("nowhere");
    for (String command : List.of("train", "inspect")) {
      Object[] arguments =
          command.equals("train")
              ? TinyRun.train(missing, folder.resolve("run"))
              : new Object[] {command, "--data", missing};
      CommandLineRun.of(arguments)
          .refused(missing + ": no such folder; give the folder of a COCO data set");
    }
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aMislabelledPictureIsReadByItsContent() throws IOException {
    for (Path picture : pictures(data)) {
      Files.write(picture, encoded("jpg", 64));
    }
    CommandLineRun.of("inspect", "--data", data, "--split", "train", "--decode").succeeded();
  }

  @Test
  void boxesOfNoSizeAreDroppedWhereThatIsAskedFor() throws IOException {
    TinyRun.edit(annotations(data), BOX, "\"bbox\":[10,10,0,8]");
    CommandLineRun run =
        CommandLineRun.of(
            TinyRun.train(data, folder.resolve("run"), "train.steps=1", "--boxes", "drop"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .startsWith("warning: ")
        .contains("annotation 1")
        .contains("it is left out");
  }

  @Test
  void inspectListsAllProblems() throws IOException {
    TinyRun.edit(annotations(data), BOX, "\"bbox\":[10,10,-5,8]");
    TinyRun.edit(annotations(data), "\"id\":2,\"image_id\":\\d+", "\"id\":2,\"image_id\":4711");
    Files.delete(pictures(data).get(2));
    Files.write(pictures(data).get(3), new byte[0]);
    CommandLineRun run =
        CommandLineRun.of("inspect", "--data", data, "--decode")
            .refused(data + ": 4 errors, listed above; mend them before training");
    assertThat(run.out())
        .contains("4 errors")
        .contains("annotation 1: bbox [10.0, 10.0, -5.0, 8.0]")
        .contains("annotation 2: unknown image_id 4711")
        .contains("000003.png: the file of image 3 is missing")
        .contains("000004.png: cannot be read as an image (the file is empty)");
    assertThat(run.out().lines().filter(line -> line.startsWith("error"))).hasSize(4);
  }

  @Test
  void aPictureThatCannotBeReadLaterOnCostsNoSteps() throws IOException {
    Path run = folder.resolve("run");
    // Batches of one picture: some come before the damaged one, whichever order the seed gives.
    Files.write(pictures(data).get(4), new byte[0]);
    Object[] arguments =
        TinyRun.train(
            data, run, "train.steps=40", "train.batchSize=1", "train.checkpointEvery=1000");
    CommandLineRun.of(arguments).refused("000005.png", "the file is empty");
    assertThat(run.resolve("checkpoints")).isDirectoryContaining("glob:**/step-*");
    assertThat(run.resolve("model.safetensors")).doesNotExist();

    Files.copy(
        shared.resolve("scenes/images/000005.png"),
        pictures(data).get(4),
        StandardCopyOption.REPLACE_EXISTING);
    CommandLineRun resumed =
        CommandLineRun.of(TinyRun.train(data, run, "train.steps=6", "train.batchSize=1", "resume"));
    assertThat(resumed.succeeded().out()).containsPattern("resuming after step [1-5]\\b");
    assertThat(run.resolve("model.safetensors")).exists();
  }
}
