package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;

final class CocoFolderTest {
  @TempDir Path root;

  @Test
  void findsTheOfficialLayout() throws IOException {
    Files.createDirectories(root.resolve("annotations"));
    Path json = Files.createFile(root.resolve("annotations/instances_val2017.json"));
    Path images = Files.createDirectories(root.resolve("val2017"));
    assertThat(new CocoFolder(root).split("val")).isEqualTo(new CocoFolder.Split(json, images));
  }

  /** COCO as it is unpacked: both splits, other annotation files beside them, pictures by split. */
  @Test
  void opensCocoAsItIsUnpacked() throws IOException {
    CocoFolder made = TestImages.folder(root.resolve("made"));
    Path annotations = Files.createDirectories(root.resolve("coco/annotations"));
    Path coco = annotations.getParent();
    for (String split : new String[] {"train2017", "val2017"}) {
      Files.copy(
          made.split("train").annotations(), annotations.resolve("instances_" + split + ".json"));
      Files.createFile(annotations.resolve("captions_" + split + ".json"));
      Path pictures = Files.createDirectories(coco.resolve(split));
      for (String name : new String[] {"a.png", "b.png", "c.png"}) {
        Files.copy(made.root().resolve("images").resolve(name), pictures.resolve(name));
      }
    }
    for (String split : new String[] {"train", "val"}) {
      DataSource data = new CocoFolder(coco).open(split, BoxPolicy.REFUSE);
      assertThat(data.imageFolder()).isEqualTo(coco.resolve(split + "2017"));
      assertThat(data.dataset().file())
          .isEqualTo(annotations.resolve("instances_" + split + "2017.json"));
      assertThat(ImageSource.decoding(data).load(2).height()).isEqualTo(50);
    }
  }

  @Test
  void saysWhatWasLookedFor() throws IOException {
    assertThatThrownBy(() -> new CocoFolder(root.resolve("none")).split("val"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("none: no such folder");
    assertThatThrownBy(() -> new CocoFolder(root).split("val"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no annotations for \"val\"")
        .hasMessageContaining("annotations/instances_val.json or instances_val2017.json");
    Files.createDirectories(root.resolve("annotations"));
    Files.createFile(root.resolve("annotations/instances_val.json"));
    assertThatThrownBy(() -> new CocoFolder(root).split("val"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no image folder; expected val/ or images/val/ or images/");
  }

  @Test
  void missingImagesAreNamed() throws IOException {
    CocoFolder folder = TestImages.folder(root);
    Files.delete(root.resolve("images/b.png"));
    assertThatThrownBy(() -> folder.open("train", BoxPolicy.REFUSE))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("b.png: the file of image 2 is missing; add it, or remove the image");
  }

  @Test
  void theReportHoldsCountsAndAllProblems() throws IOException {
    CocoFolder folder = TestImages.folder(root);
    Path json = root.resolve("annotations/instances_train.json");
    Files.writeString(
        json,
        Files.readString(json)
            .replace(
                "[30, 0, 10, 4.5]}",
                "[30, 0, 10, 4.5]}, "
                    + "{\"id\": 14, \"image_id\": 2, \"category_id\": 9, \"bbox\": [30, 0, 0, 4]}, "
                    + "{\"id\": 15, \"image_id\": 2, \"category_id\": 9, \"bbox\": [35, 0, 10, 4]}"));
    Files.delete(root.resolve("images/a.png"));
    Files.writeString(root.resolve("images/c.png"), "text");

    InspectionReport report = DatasetInspector.inspect(folder, "train", true);

    assertThat(report.imageCount()).isEqualTo(3);
    assertThat(report.emptyImages()).isEqualTo(1);
    assertThat(report.trainableImages()).isEqualTo(2);
    assertThat(report.annotationCount()).isEqualTo(4);
    assertThat(report.crowds()).isEqualTo(1);
    assertThat(report.imagesDecoded()).isEqualTo(1);
    assertThat(report.sizes())
        .containsExactly(
            new InspectionReport.SizeCount(40, 30, 2), new InspectionReport.SizeCount(20, 50, 1));
    assertThat(report.classes())
        .containsExactly(
            new InspectionReport.ClassCount(0, 5, "pen", 1, 1, 0, 0, 1, 10.5, 40),
            new InspectionReport.ClassCount(1, 9, "cup", 1, 2, 0, 0, 0, 4, 10));
    assertThat(report.errors()).isEqualTo(3);
    assertThat(report.render())
        .contains("3 errors, 1 warnings")
        .contains("annotation 14: bbox [30.0, 0.0, 0.0, 4.0] has no positive width")
        .contains("annotation 15: bbox [35.0, 0.0, 10.0, 4.0] leaves the image of 40 x 30")
        .contains("a.png: the file of image 1 is missing")
        .contains("c.png: cannot be read as an image (it is no image file")
        .contains("40 x 30 (2)");
  }

  @Test
  void theSharedPhotosAreInOrder() {
    CocoFolder folder = new CocoFolder(Path.of(System.getProperty("photos"), "bccd"));
    assumeThat(folder.root()).as("the shared photos are absent (-Dphotos=DIR)").exists();
    InspectionReport report = DatasetInspector.inspect(folder, "val", true);
    assertThat(report.errors()).isZero();
    assertThat(report.imagesDecoded()).isEqualTo(72);
    assertThat(report.classes())
        .extracting(InspectionReport.ClassCount::objects)
        .containsExactly(71, 805, 69);
  }
}
