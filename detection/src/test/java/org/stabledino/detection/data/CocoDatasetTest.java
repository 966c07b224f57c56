package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.CocoDataset.Image;

final class CocoDatasetTest {
  private static final String GOOD =
      """
      {"info": {"deep": [1, {"x": [2]}]},
       "annotations": [
        {"id": 9000000001, "image_id": 5000000000, "category_id": 90, "iscrowd": 1, "area": 6,
         "bbox": [0, 1, 2, 3], "segmentation": {"size": [2, 3], "counts": [1, 2, 3]}},
        {"bbox": [1.5, 2, 3, 4], "id": 2, "category_id": 7, "image_id": 3,
         "segmentation": [[0, 0, 4, 0, 4, 4], [1, 1]]},
        {"id": 4, "image_id": 5000000000, "category_id": 7, "bbox": [1, 2, 3, 4],
         "segmentation": [[1, 1, 2, 2]]}],
       "images": [
        {"id": 5000000000, "file_name": "b.jpg", "width": 10, "height": 20},
        {"id": 3, "file_name": "a.jpg", "width": 30, "height": 40},
        {"id": 8, "file_name": "empty.jpg", "width": 5, "height": 6}],
       "categories": [{"id": 90, "name": "brush", "supercategory": "tool"},
                      {"id": 7, "name": "train"}]}
      """;

  @TempDir Path folder;

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("gt.json"), json);
  }

  @Test
  void keepsEverythingTheFileSays() throws IOException {
    CocoDataset data = CocoDataset.read(write(GOOD));

    assertThat(data.images())
        .containsExactly(
            new Image(5_000_000_000L, "b.jpg", 10, 20),
            new Image(3, "a.jpg", 30, 40),
            new Image(8, "empty.jpg", 5, 6));
    assertThat(data.categories())
        .containsExactly(new Category(7, "train", ""), new Category(90, "brush", "tool"));
    assertThat(data.label(90)).isEqualTo(1);
    assertThat(data.label(8)).isEqualTo(-1);
    assertThat(data.annotations()).extracting(Annotation::id).containsExactly(9000000001L, 2L, 4L);
    assertThat(data.annotationsOf(data.imageIndex(5_000_000_000L)))
        .extracting(Annotation::id)
        .containsExactly(9000000001L, 4L);
    assertThat(data.annotationsOf(2)).isEmpty();
    assertThat(data.annotations())
        .extracting(Annotation::integerBox)
        .containsExactly(true, false, true);
    Annotation crowd = data.annotations().getFirst();
    assertThat(crowd.crowd()).isTrue();
    assertThat(((Rle) crowd.segmentation()).counts()).containsExactly(1, 2, 3);
    assertThat(data.annotations().get(1).area()).as("area of the box by default").isEqualTo(12);
    Polygons rings = (Polygons) data.annotations().get(1).segmentation();
    assertThat(rings.rings()).isDeepEqualTo(new double[][] {{0, 0, 4, 0, 4, 4}, {1, 1}});
  }

  @Test
  void trainsOnImagesWithAValidObjectOnly() throws IOException {
    CocoDataset data = CocoDataset.read(write(GOOD));
    assertThat(data.annotations())
        .extracting(Annotation::trainable)
        .as("crowd, one valid polygon, no valid polygon")
        .containsExactly(false, true, false);
    assertThat(data.trainableImages()).containsExactly(1);
    assertThat(data.requireTrainableImages()).containsExactly(1);
    CocoDataset crowds =
        CocoDataset.read(write(GOOD.replace("\"id\": 2,", "\"id\": 2, \"iscrowd\": 1,")));
    assertThatThrownBy(crowds::requireTrainableImages)
        .isInstanceOf(UserException.class)
        .hasMessageContaining("gt.json: no image has an annotation to train on");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "bbox": [1.5, 2, 3, 4]  | "bbox": [1, 2, -3, 4]     | annotation 2: bbox [1.0, 2.0, -3.0, 4.0] has no positive width
          "bbox": [1.5, 2, 3, 4]  | "bbox": [1, 2, 3, 0.0]    | annotation 2: bbox [1.0, 2.0, 3.0, 0.0] has no positive width
          "bbox": [1.5, 2, 3, 4]  | "bbox": [1, 2, NaN, 4]    | annotation 2: bbox [1.0, 2.0, NaN, 4.0] is not finite
          "bbox": [1.5, 2, 3, 4]  | "bbox": [1, 2, 3]         | annotation 2: "bbox" is not a list of x, y, width, height
          "bbox": [1.5, 2, 3, 4], | ""                        | annotation 2: "bbox" is missing
          "id": 2,                | ""                        | annotations[1]: "id" is missing
          "id": 2,                | "id": "two",              | annotations[1]: "id" is not a whole number
          "id": 2,                | "id": 4,                  | annotation 4: the id occurs more than once
          "image_id": 3           | "image_id": 33            | annotation 2: unknown image_id 33
          "category_id": 7, "im   | "category_id": 6, "im     | annotation 2: unknown category_id 6
          "counts": [1, 2, 3]     | "counts": [1, 2, 4]       | annotation 9000000001: "segmentation" is damaged: run lengths add up to 7
          "width": 30             | "width": 0                | image 3: its size is 0 x 40
          "file_name": "a.jpg",   | ""                        | image 3: "file_name" is missing
          "id": 8                 | "id": 3                   | image 3: the id occurs more than once
          "id": 7, "name"         | "id": 90, "name"          | category 90: the id occurs more than once
          "images"                | "pictures"                | the list "images" is missing
          "categories": [         | "categories": {}, "x": [  | "categories" is not a list
          "info":                 | "info"                    | not valid JSON at line 1, column 9
          """)
  void namesFileEntryAndFix(String from, String to, String message) throws IOException {
    String broken = GOOD.replace(from, to.equals("\"\"") ? "" : to);
    assertThat(broken).isNotEqualTo(GOOD);
    Path file = write(broken);
    assertThatThrownBy(() -> CocoDataset.read(file))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message)
        .hasMessageContaining("; ")
        .message()
        .hasLineCount(1);
  }

  @Test
  void saysWhatTheFileIsInstead() throws IOException {
    Path missing = folder.resolve("none.json");
    assertThatThrownBy(() -> CocoDataset.read(missing))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("none.json: no such file");
    assertThatThrownBy(() -> CocoDataset.read(folder))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("cannot be read");
    assertThatThrownBy(() -> CocoDataset.read(write("")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("the file is empty");
    assertThatThrownBy(() -> CocoDataset.read(write("[]")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("not a COCO annotation file");
    assertThatThrownBy(() -> CocoDataset.read(write("hello")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("not valid JSON at line 1");
  }

  @Test
  void saysWhereATruncatedFileEnds() throws IOException {
    int end = GOOD.lastIndexOf('}');
    for (int cut = 1; cut < end; cut += 7) {
      Path file = write(GOOD.substring(0, cut));
      assertThatThrownBy(() -> CocoDataset.read(file))
          .isInstanceOf(UserException.class)
          .hasMessageMatching(".*gt.json: the JSON ends early at line \\d+, column \\d+; .*");
    }
  }

  @Test
  void collectsAllProblemsAndKeepsTheRest() throws IOException {
    String broken =
        GOOD.replace("[1.5, 2, 3, 4]", "[1, 2, 0, 4]")
            .replace("\"id\": 4, \"image_id\"", "\"image\"");
    List<Problem> problems = new ArrayList<>();
    CocoDataset data = CocoDataset.read(write(broken), BoxPolicy.REFUSE, problems::add);
    assertThat(problems)
        .extracting(Problem::severity)
        .containsExactly(Problem.Severity.ERROR, Problem.Severity.ERROR);
    assertThat(problems)
        .extracting(Problem::where)
        .allMatch(w -> w.contains("gt.json: annotation"));
    assertThat(data.annotations()).hasSize(1);
    assertThat(data.images()).hasSize(3);
  }

  @Test
  void emptyBoxesFollowThePolicy() throws IOException {
    Path file = write(GOOD.replace("[1.5, 2, 3, 4]", "[1, 2, 0, 4]"));
    assertThat(CocoDataset.read(file, BoxPolicy.KEEP, Problem.refuse()).annotations()).hasSize(3);
    List<Problem> problems = new ArrayList<>();
    assertThat(CocoDataset.read(file, BoxPolicy.DROP, problems::add).annotations()).hasSize(2);
    assertThat(problems).singleElement().satisfies(p -> assertThat(p.line()).contains("left out"));
  }

  @ParameterizedTest
  @CsvSource({
    "bccd, train, 292, 3941, 3, 0, 292",
    "bccd, val, 72, 945, 3, 0, 72",
    "coco_tiny, train, 32, 258, 80, 1, 30",
    "coco_tiny, val, 22, 256, 80, 5, 22"
  })
  void readsTheSharedSets(
      String set, String split, int images, int boxes, int classes, int crowds, int trainable) {
    Path file =
        Path.of(System.getProperty("photos"), set, "annotations", "instances_" + split + ".json");
    assumeThat(file).as("the shared photos are absent").exists();
    CocoDataset data = CocoDataset.read(file);
    assertThat(data.images()).hasSize(images);
    assertThat(data.annotations()).hasSize(boxes);
    assertThat(data.numClasses()).isEqualTo(classes);
    assertThat(data.annotations().stream().filter(Annotation::crowd)).hasSize(crowds);
    assertThat(data.trainableImages()).hasSize(trainable);
  }
}
