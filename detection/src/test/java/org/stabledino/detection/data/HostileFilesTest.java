package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import org.stabledino.detection.evaluation.CocoGroundTruth;
import org.stabledino.detection.testing.Mutator;

/**
 * Thousands of damaged and hostile files, the same ones every time: each is read, or refused by a
 * one-line error that names it. Nothing hangs, nothing runs out of memory or stack.
 */
class HostileFilesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ANNOTATION_FILES = 2000;
  private static final int IMAGES = 60;

  private static final String COCO =
      """
      {"info": {"year": 2017, "note": ["x", {"y": null}]},
       "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30},
                  {"id": 2, "file_name": "b/c.png", "width": 40, "height": 30}],
       "annotations": [
        {"id": 11, "image_id": 1, "category_id": 5, "bbox": [4, 6, 10.5, 12], "area": 126,
         "iscrowd": 0, "segmentation": [[4, 6, 14, 6, 14, 18, 4, 18]]},
        {"id": 12, "image_id": 1, "category_id": 5, "bbox": [0, 0, 40, 30], "iscrowd": 1,
         "segmentation": {"size": [30, 40], "counts": [600, 300, 300]}},
        {"id": 13, "image_id": 2, "category_id": 9, "bbox": [30, 0, 10, 4.5], "area": 45.0,
         "segmentation": {"size": [30, 40], "counts": "0X9X9"}}],
       "categories": [{"id": 9, "name": "cup", "supercategory": "kitchen"},
                      {"id": 5, "name": "pen"}]}
      """;

  @TempDir Path folder;

  /** Succeeds, or fails with the one error that users are shown. */
  private static boolean survives(Object what, Executable action) {
    try {
      action.execute();
      return true;
    } catch (UserException expected) {
      assertThat(expected.getMessage().lines()).as("%s", what).hasSize(1);
      assertThat(expected.getMessage()).as("%s", what).doesNotContain("null)", "\tat ");
      return false;
    } catch (Throwable escaped) {
      return fail("%s ended in %s".formatted(what, escaped), escaped);
    }
  }

  @Test
  void annotationFiles() {
    Path file = folder.resolve("instances.json");
    int[] read = new int[2];
    Assertions.assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int seed = 0; seed < ANNOTATION_FILES; seed++) {
            byte[] bytes = new Mutator(seed).json(COCO);
            Files.write(file, bytes);
            read[0] += survives("seed " + seed, () -> CocoDataset.read(file)) ? 1 : 0;
            read[1] += survives("seed " + seed + ", mended", () -> readAll(file)) ? 1 : 0;
            assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
          }
        });
    assertThat(read[0]).as("strictly read").isBetween(ANNOTATION_FILES / 50, ANNOTATION_FILES / 2);
    assertThat(read[1]).as("read with what is wrong left out").isGreaterThan(read[0]);
  }

  /** As {@code inspect} and {@code eval} do: what is wrong is left out. */
  private void readAll(Path file) {
    List<Problem> problems = new ArrayList<>();
    CocoDataset dataset = CocoDataset.read(file, BoxPolicy.KEEP, problems::add);
    problems.forEach(problem -> assertThat(problem.line().lines()).hasSize(1));
    DataSource source = new DataSource(dataset, folder);
    for (int i = 0; i < dataset.images().size(); i++) {
      dataset.annotationsOf(i);
      source.imageFile(i);
    }
    source.checkFiles(problems::add);
    CocoGroundTruth.of(dataset);
  }

  @Test
  void deepAnnotationFiles() throws IOException {
    Path file = folder.resolve("deep.json");
    for (String open : List.of("[", "{\"a\":", "{\"annotations\":[{\"segmentation\":[[")) {
      Files.writeString(file, "{\"info\": " + open.repeat(300_000));
      assertThatThrownBy(() -> CocoDataset.read(file))
          .isInstanceOf(UserException.class)
          .hasMessageContaining(file + ": not valid JSON");
    }
  }

  @Test
  void aFileNameThatIsNoPathNamesItsImage() throws IOException {
    Path file = folder.resolve("names.json");
    Files.writeString(file, COCO.replace("a.png", "\\ud800.png"));
    DataSource source = new DataSource(CocoDataset.read(file), folder);
    assertThatThrownBy(() -> source.imageFile(0))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("image 1");
  }

  @Test
  void images() throws IOException {
    List<byte[]> originals = new ArrayList<>(SmallFiles.pngs());
    int pngs = originals.size();
    originals.addAll(SmallFiles.jpegs());
    Path file = folder.resolve("image");
    int[] read = new int[1];
    Assertions.assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int i = 0; i < originals.size(); i++) {
            Files.write(file, originals.get(i));
            ImageDecoder.read(file);
            for (int seed = 0; seed < IMAGES; seed++) {
              Mutator mutator = new Mutator(1000L * i + seed);
              byte[] bytes = mutator.bytes(originals.get(i));
              if (i < pngs && seed % 2 == 0) {
                SmallFiles.repairSums(bytes);
              }
              Files.write(file, bytes);
              boolean done =
                  survives("image %d, seed %d".formatted(i, seed), () -> ImageDecoder.read(file));
              read[0] += done ? 1 : 0;
            }
          }
        });
    assertThat(read[0]).as("read in spite of the damage").isPositive();
  }

  /** Headers that promise more than the file can hold are refused before memory is taken. */
  @Test
  void headersOfHugeImages() throws IOException {
    List<int[]> sizes =
        List.of(
            new int[] {60000, 60000},
            new int[] {65535, 1},
            new int[] {13000, 13000},
            new int[] {1, 65535});
    List<int[]> pngSizes =
        List.of(
            new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE},
            new int[] {Integer.MAX_VALUE, 1},
            new int[] {-1, 5},
            new int[] {0, 5},
            new int[] {178_956_970, 1});
    Path file = folder.resolve("huge");
    for (byte[] jpeg : SmallFiles.jpegs()) {
      for (int[] size : sizes) {
        Files.write(file, SmallFiles.resizedJpeg(jpeg, size[0], size[1]));
        assertRefused(file, size);
      }
    }
    for (byte[] png : SmallFiles.pngs()) {
      for (int[] size : Stream.concat(sizes.stream(), pngSizes.stream()).toList()) {
        Files.write(file, SmallFiles.resizedPng(png, size[0], size[1]));
        assertRefused(file, size);
      }
    }
  }

  private static void assertRefused(Path file, int[] size) {
    long start = System.nanoTime();
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .as(Arrays.toString(size))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(file.toString());
    assertThat(System.nanoTime() - start).as(Arrays.toString(size)).isLessThan(5_000_000_000L);
  }
}
