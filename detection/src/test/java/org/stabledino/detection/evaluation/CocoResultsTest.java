package org.stabledino.detection.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset;

class CocoResultsTest {
  private static final CocoGroundTruth TRUTH =
      new CocoGroundTruth(
          new long[] {3_000_000_000L, 5},
          List.of(new CocoCategory(18, "dog"), new CocoCategory(90, "brush")),
          List.of());

  @TempDir Path folder;

  @Test
  void readsBackWhatItWrote() {
    DetectionList detections = new DetectionList(1);
    detections.add(3_000_000_000L, 90, -5.5, 0.1, 1e-3, 250, 0.1f);
    detections.add(5, 18, 258.15, 41.29, 348.26, 243.78, 1);
    Path file = folder.resolve("made/results.json");
    CocoResults.write(file, detections);
    DetectionList read = CocoResults.read(file, TRUTH);
    assertThat(read.size()).isEqualTo(2);
    assertThat(read.get(0)).isEqualTo(detections.get(0));
    assertThat(read.get(1)).isEqualTo(detections.get(1));
    assertThat(file.getParent().toFile().list()).containsExactly("results.json");
  }

  /**
   * What pycocotools' loadRes asks for: a list of objects with whole ids, four numbers, a score.
   */
  @Test
  void writesTheListThatPycocotoolsLoads() throws IOException {
    DetectionList detections = new DetectionList();
    detections.add(3_000_000_000L, 90, -5.5, 0.125, 3, 250, 0.25f);
    detections.add(5, 18, 1, 2, 1e-3, 4e7, 1);
    Path file = folder.resolve("results.json");
    CocoResults.write(file, detections);
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            [
            {"image_id":3000000000,"category_id":90,"bbox":[-5.5,0.125,3.0,250.0],"score":0.25}
            ,{"image_id":5,"category_id":18,"bbox":[1.0,2.0,0.001,4.0E7],"score":1.0}]""");
  }

  @Test
  void anEmptyListIsAList() {
    Path file = folder.resolve("results.json");
    CocoResults.write(file, new DetectionList());
    assertThat(CocoResults.read(file, TRUTH).size()).isZero();
  }

  @Test
  void skipsWhatItDoesNotNeed() throws IOException {
    Path file =
        file(
            "[{\"id\": 4, \"segmentation\": {\"size\": [2, 3], \"counts\": \"x\"}, \"score\": 1,"
                + " \"bbox\": [1, 2, 3, 4], \"image_id\": 5, \"category_id\": 18, \"area\": null}]");
    assertThat(CocoResults.read(file, TRUTH).get(0)).isEqualTo(new Detection(5, 18, 1, 2, 3, 4, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"image_id\": 6, \"category_id\": 18, \"bbox\": [1,2,3,4], \"score\": 1} | unknown image_id 6",
        "{\"image_id\": 5, \"category_id\": 19, \"bbox\": [1,2,3,4], \"score\": 1} | unknown category_id 19",
        "{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,3,4], \"score\": 1e999} | score is not finite",
        "{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,3,4], \"score\": \"1\"} | score must hold numbers",
        "{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,3], \"score\": 1} | bbox must be the four numbers",
        "{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,-3,4], \"score\": 1} | size -3.0 x 4.0",
        "{\"image_id\": 5, \"category_id\": 18, \"score\": 1} | bbox is missing",
        "{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,3,4]} | score is missing",
        "{\"image_id\": 5.5, \"category_id\": 18, \"bbox\": [1,2,3,4], \"score\": 1} | image_id must be a whole number",
        "{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,3,4], \"score\": NaN} | malformed JSON near line 2",
        "{\"image_id\": 99999999999999999999, \"category_id\": 1} | malformed JSON near line 2",
        "17 | is not an object",
      })
  void namesFileAndEntryOfABadDetection(String entry, String problem) throws IOException {
    Path file =
        file(
            "[{\"image_id\": 5, \"category_id\": 18, \"bbox\": [1,2,3,4], \"score\": 1},\n"
                + entry
                + "]");
    assertThatThrownBy(() -> CocoResults.read(file, TRUTH))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("results.json, entry 1: ")
        .hasMessageContaining(problem)
        .message()
        .hasLineCount(1);
  }

  private MaskGroundTruth maskTruth() throws IOException {
    return MaskGroundTruth.of(
        CocoDataset.read(
            Files.writeString(
                folder.resolve("gt.json"),
                """
                {"images": [{"id": 5, "file_name": "a", "width": 3, "height": 2}],
                 "categories": [{"id": 18, "name": "dog"}], "annotations": []}
                """)));
  }

  @Test
  void readsMasksInBothForms() throws IOException {
    Path file =
        file(
            """
            [{"image_id": 5, "category_id": 18, "score": 1, "bbox": [],
              "segmentation": {"size": [2, 3], "counts": [1, 2, 3]}},
             {"image_id": 5, "category_id": 18, "score": 0.5,
              "segmentation": {"counts": "123", "size": [2, 3]}}]
            """);
    MaskDetections read = CocoResults.readMasks(file, maskTruth());
    assertThat(read.masks()).hasSize(2);
    assertThat(read.masks().get(0).decode()).containsExactly(0, 1, 0, 1, 0, 0);
    assertThat(read.masks().get(1).counts()).containsExactly(1, 2, 3);
    assertThat(read.boxes().get(1)).isEqualTo(new Detection(5, 18, 0, 0, 2, 2, 0.5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"bbox\": [0, 0, 1, 1] | segmentation is missing; a mask detection has",
        "\"segmentation\": [[1, 1, 2, 1, 2, 2]] | segmentation must be run lengths",
        "\"segmentation\": {\"size\": [2, 3]} | segmentation must be run lengths",
        "\"segmentation\": {\"size\": [2], \"counts\": [6]} | segmentation must be run lengths",
        "\"segmentation\": {\"size\": 2, \"counts\": [6]} | segmentation.size must be a list",
        "\"segmentation\": {\"size\": [2, 3], \"counts\": [1.5]} | segmentation.counts must be a list",
        "\"segmentation\": {\"size\": [2, 3], \"counts\": [7]} | run lengths add up to 7",
        "\"segmentation\": {\"size\": [2, 3], \"counts\": \"zz\"} | run lengths are damaged",
        "\"segmentation\": {\"size\": [3, 2], \"counts\": [6]} | the mask has 2 x 3 pixels",
        "\"segmentation\": {\"size\": [2, 3], \"counts\": [99999999999]} | malformed JSON",
      })
  void namesFileAndEntryOfABadMask(String mask, String problem) throws IOException {
    Path file = file("[{\"image_id\": 5, \"category_id\": 18, \"score\": 1, " + mask + "}]");
    MaskGroundTruth truth = maskTruth();
    assertThatThrownBy(() -> CocoResults.readMasks(file, truth))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("results.json, entry 0: ")
        .hasMessageContaining(problem)
        .message()
        .hasLineCount(1);
  }

  @Test
  void namesTheAnnotationWithoutAMask() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("gt.json"),
            """
            {"images": [{"id": 5, "file_name": "a", "width": 3, "height": 2}],
             "categories": [{"id": 18, "name": "dog"}],
             "annotations": [{"id": 7, "image_id": 5, "category_id": 18, "bbox": [0, 0, 1, 1]}]}
            """);
    assertThatThrownBy(() -> MaskGroundTruth.of(CocoDataset.read(file)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("gt.json: annotation 7: \"segmentation\": there is no mask");
  }

  @Test
  void reportsATruncatedFile() throws IOException {
    Path file = file("[{\"image_id\": 5, \"category_id\": 18, \"bb");
    assertThatThrownBy(() -> CocoResults.read(file, TRUTH))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("results.json, entry 0: malformed JSON near line 1");
  }

  @Test
  void reportsWhatIsNotAListOrNotThere() throws IOException {
    Path object = file("{\"images\": []}");
    assertThatThrownBy(() -> CocoResults.read(object, TRUTH))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("results.json is not a COCO result list");
    Path empty = file("");
    assertThatThrownBy(() -> CocoResults.read(empty, TRUTH))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("is not a COCO result list");
    assertThatThrownBy(() -> CocoResults.read(folder.resolve("none.json"), TRUTH))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("none.json does not exist");
  }

  @Test
  void reportsAFolderThatCannotBeMade() throws IOException {
    Path inTheWay = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> CocoResults.write(inTheWay.resolve("r.json"), new DetectionList()))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("is a file; give another folder");
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("results.json"), text);
  }
}
