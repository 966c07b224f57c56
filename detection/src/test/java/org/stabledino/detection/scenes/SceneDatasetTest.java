package org.stabledino.detection.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class SceneDatasetTest {
  private static final SceneOptions SMALL = new SceneOptions(60, 60, 25, 160);
  private static final ProgressListener SILENT = (done, total) -> {};

  @TempDir private Path temp;

  @Test
  void oneThreadAndThreeWriteTheSameFiles() throws IOException {
    SceneDataset.create(temp.resolve("a"), SMALL, SILENT, 1);
    SceneDataset.create(temp.resolve("b"), SMALL, SILENT, 3);
    TreeMap<String, Long> files = checksums(temp.resolve("a"));
    assertThat(files).hasSize(85 + 2 + 1).isEqualTo(checksums(temp.resolve("b")));
    assertThat(files.keySet())
        .contains(
            "images/000001.png",
            "images/000085.png",
            "annotations/instances_train.json",
            "annotations/instances_val.json");
  }

  /** Recorded once, as the pixels of {@link SceneRendererTest}. */
  @Test
  void annotationsAreThoseOfTheFirstDay() throws IOException {
    SceneDataset.create(temp.resolve("a"), SMALL, SILENT);
    assertThat(checksums(temp.resolve("a")))
        .containsEntry("annotations/instances_train.json", 1243270838L)
        .containsEntry("annotations/instances_val.json", 3217757450L);
  }

  @Test
  void pngHoldsTheRenderedPixels() throws IOException {
    SceneDataset.create(temp.resolve("a"), SMALL, SILENT);
    Scene scene = SceneRenderer.render(SMALL, SceneSplit.VAL, 2);
    BufferedImage image = ImageIO.read(temp.resolve("a/images/000063.png").toFile());
    assertThat(image.getWidth()).isEqualTo(160);
    assertThat(image.getHeight()).isEqualTo(160);
    for (int y = 0, at = 0; y < 160; y++) {
      for (int x = 0; x < 160; x++, at += 3) {
        byte[] p = scene.pixels();
        int expected = (p[at] & 255) << 16 | (p[at + 1] & 255) << 8 | p[at + 2] & 255;
        assertThat(image.getRGB(x, y) & 0xFFFFFF).isEqualTo(expected);
      }
    }
  }

  @Test
  void annotationFileHasTheFieldsOfCoco() throws IOException {
    SceneDataset.create(temp.resolve("a"), SMALL, SILENT);
    TreeMap<String, List<Double>> fields = new TreeMap<>();
    try (InputStream in = Files.newInputStream(temp.resolve("a/annotations/instances_val.json"));
        JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
      while (json.nextToken() != null) {
        if (json.currentToken().isNumeric()) {
          String path = json.streamReadContext().pathAsPointer().toString();
          fields
              .computeIfAbsent(path.replaceAll("\\d+", "#"), key -> new ArrayList<>())
              .add(json.getDoubleValue());
        } else if (json.currentToken() == JsonToken.VALUE_STRING) {
          String path = json.streamReadContext().pathAsPointer().toString();
          fields.computeIfAbsent(path.replaceAll("\\d+", "#"), key -> new ArrayList<>());
        }
      }
    }
    assertThat(fields)
        .containsKeys(
            "/info/description",
            "/licenses/#/name",
            "/images/#/file_name",
            "/images/#/height",
            "/annotations/#/segmentation/counts/#",
            "/annotations/#/segmentation/#/#",
            "/categories/#/name",
            "/categories/#/supercategory");
    assertThat(fields.get("/info/seed")).containsExactly(60.0);
    assertThat(fields.get("/categories/#/id")).containsExactly(1.0, 2.0, 4.0, 7.0, 9.0, 12.0);
    assertThat(fields.get("/images/#/id")).hasSize(25).doesNotHaveDuplicates().contains(61.0, 85.0);
    List<Double> ids = fields.get("/annotations/#/id");
    assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThan(50);
    assertThat(fields.get("/annotations/#/bbox/#")).hasSize(4 * ids.size());
    assertThat(fields.get("/annotations/#/area")).hasSameSizeAs(ids);
    assertThat(fields.get("/images/#/id")).containsAll(fields.get("/annotations/#/image_id"));
    assertThat(fields.get("/categories/#/id"))
        .containsAll(fields.get("/annotations/#/category_id"));
    assertThat(fields.get("/annotations/#/iscrowd")).hasSameSizeAs(ids).containsOnly(0.0, 1.0);
  }

  @Test
  void completeFolderIsKeptAndAnyOtherOneRenderedAgain() throws IOException {
    Path dir = temp.resolve("deep/scenes");
    List<Integer> progress = new ArrayList<>();
    assertThat(SceneDataset.create(dir, SMALL, (done, total) -> progress.add(done))).isTrue();
    assertThat(progress).hasSize(85).isSorted().endsWith(85);
    assertThat(SceneDataset.create(dir, SMALL, SILENT)).isFalse();

    Files.delete(dir.resolve("images/000007.png"));
    assertThat(SceneDataset.isComplete(dir, SMALL)).isFalse();
    assertThat(SceneDataset.create(dir, SMALL, SILENT)).isTrue();
    assertThat(SceneDataset.isComplete(dir, SMALL)).isTrue();

    SceneOptions other = new SceneOptions(61, 3, 2, 64);
    assertThat(SceneDataset.create(dir, other, SILENT)).isTrue();
    assertThat(SceneDataset.isComplete(dir, SMALL)).isFalse();
    assertThat(SceneDataset.isComplete(dir, other)).isTrue();
    assertThat(dir.resolve("images")).isDirectoryContaining("glob:**/000005.png");
    assertThat(names(dir.getParent())).containsExactly("scenes");
  }

  @Test
  void foreignFolderIsLeftAlone() throws IOException {
    Path dir = Files.createDirectory(temp.resolve("photos"));
    Files.writeString(dir.resolve("holiday.txt"), "mine");
    assertThatThrownBy(() -> SceneDataset.create(dir, SMALL, SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("photos")
        .hasMessageContaining("choose another folder")
        .hasMessageNotContaining("\n");
    assertThat(names(dir)).containsExactly("holiday.txt");
    assertThat(names(temp)).containsExactly("photos");
  }

  /** A file where a folder is needed stops even a user who may write everywhere. */
  @Test
  void unwritableTargetIsOneLineAndLeavesNothing() throws IOException {
    Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> SceneDataset.create(temp.resolve("file/scenes"), SMALL, SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("cannot write the rendered scenes to")
        .hasMessageContaining("choose a folder")
        .hasMessageNotContaining("\n");
    assertThat(names(temp)).containsExactly("file");
  }

  @Test
  void failureHalfwayLeavesNothing() throws IOException {
    Path dir = temp.resolve("scenes");
    ProgressListener vandal =
        (done, total) -> {
          if (done == 10) {
            // As if the disk failed: the next image finds no folder.
            deleteTree(temp.resolve(".scenes.part/images"));
          }
        };
    assertThatThrownBy(() -> SceneDataset.create(dir, SMALL, vandal, 1))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(dir.toString())
        .hasMessageNotContaining("\n");
    assertThat(names(temp)).isEmpty();
  }

  @Test
  void draftOfAKilledRunGoesAway() throws IOException {
    Path draft = Files.createDirectories(temp.resolve(".scenes.part/images"));
    Files.writeString(draft.resolve("000001.png"), "half");
    SceneDataset.create(temp.resolve("scenes"), SMALL, SILENT);
    assertThat(names(temp)).containsExactly("scenes");
    assertThat(SceneDataset.isComplete(temp.resolve("scenes"), SMALL)).isTrue();
  }

  @Test
  void optionsOutsideTheirRangesAreNamed() {
    assertThatThrownBy(() -> new SceneOptions(1, 10, 10, 32))
        .isInstanceOf(UserException.class)
        .hasMessage("scene option size is 32; choose 64 to 1024");
    assertThatThrownBy(() -> new SceneOptions(1, 0, 10, 160))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("trainScenes is 0");
  }

  private static List<String> names(Path dir) throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  private static TreeMap<String, Long> checksums(Path dir) throws IOException {
    TreeMap<String, Long> sums = new TreeMap<>();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        CRC32 crc = new CRC32();
        crc.update(Files.readAllBytes(file));
        sums.put(dir.relativize(file).toString().replace('\\', '/'), crc.getValue());
      }
    }
    return sums;
  }

  private static void deleteTree(Path tree) {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
