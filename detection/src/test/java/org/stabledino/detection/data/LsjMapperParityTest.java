package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.list;
import static org.stabledino.detection.data.TestJson.longs;
import static org.stabledino.detection.data.TestJson.object;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Large-scale jitter from photo to masks against recorded runs of Mask DINO's mapper. */
@Tag("parity")
final class LsjMapperParityTest {

  @Test
  void everyTrainingRunIsEqual() {
    TestTensors recorded = TestTensors.fixture("augment/lsj_mapper");
    CocoFolder photos = new CocoFolder(Path.of(System.getProperty("photos"), "coco_tiny"));
    assumeThat(photos.root()).as("the shared photos are absent (-Dphotos=DIR)").exists();
    Map<String, DataSource> splits =
        Map.of(
            "train", photos.open("train", BoxPolicy.REFUSE),
            "val", photos.open("val", BoxPolicy.REFUSE));
    Map<String, Object> runs = object(recorded.json().get("runs"));
    assertThat(runs).hasSize(10);
    runs.forEach(
        (run, value) -> {
          Map<String, Object> about = object(value);
          DataSource data = splits.get(about.get("split").toString());
          compare(run, about, recorded, data);
        });
  }

  private static void compare(
      String run, Map<String, Object> about, TestTensors recorded, DataSource data) {
    RecordedDraws draws = new RecordedDraws(list(about.get("draws")));
    MaskMapper mapper =
        new MaskMapper(
            data.dataset(), ImageSource.decoding(data), LargeScaleJitter.official(256, 256));
    int index = data.dataset().imageIndex(about.get("file_name").toString()).orElseThrow();
    MaskSample result = mapper.map(index, draws);
    Sample sample = result.sample();
    assertThat(draws.left()).as(run).isEmpty();
    assertThat(TestImages.planarCrc(sample.image())).as(run).isEqualTo(about.get("image_crc32"));
    assertThat(sample.annotationIds())
        .as(run)
        .containsExactly(longs(about.get("annotation_ids_kept")));
    assertThat(sample.labels())
        .as(run)
        .containsExactly(
            Arrays.stream(recorded.longs(run + ".labels")).mapToInt(Math::toIntExact).toArray());
    assertThat(sample.boxesXyxy()).as(run).isEqualTo(recorded.floats(run + ".boxes_xyxy"));
    assertThat(result.masks().stream().mapToInt(m -> (int) m.area()).toArray())
        .as(run)
        .containsExactly(ints(about.get("mask_areas")));
    MaskTransformerTest.compareBits(result.masks(), recorded.bytes(run + ".masks_packed"), run);
    if (recorded.has(run + ".image")) {
      byte[] planar = recorded.bytes(run + ".image");
      byte[] rgb = sample.image().rgb();
      for (int i = 0; i < rgb.length; i++) {
        assertThat(rgb[i]).isEqualTo(planar[i % 3 * 256 * 256 + i / 3]);
      }
    }
  }
}
