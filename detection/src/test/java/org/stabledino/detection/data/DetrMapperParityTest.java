package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.list;
import static org.stabledino.detection.data.TestJson.longs;
import static org.stabledino.detection.data.TestJson.object;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The whole way from photo to sample against recorded runs of the reference's data pipeline. */
@Tag("parity")
final class DetrMapperParityTest {
  private TestTensors recorded;
  private CocoFolder photos;

  @BeforeEach
  void open() {
    recorded = TestTensors.fixture("augment/detr_mapper");
    photos = new CocoFolder(Path.of(System.getProperty("photos"), "coco_tiny"));
    assumeThat(photos.root()).as("the shared photos are absent (-Dphotos=DIR)").exists();
  }

  private DataSource data(String split) {
    return photos.open(split, BoxPolicy.REFUSE);
  }

  @Test
  void everyPhotoDecodesToPillowsBytes() {
    Map<String, Object> expected = object(recorded.json().get("decoded_crc32_of_every_photo"));
    assertThat(expected).hasSize(54);
    int compared = 0;
    for (String split : new String[] {"train", "val"}) {
      DataSource data = data(split);
      ImageSource images = ImageSource.decoding(data);
      for (int i = 0; i < data.dataset().images().size(); i++, compared++) {
        String name = data.dataset().images().get(i).fileName();
        assertThat(TestImages.planarCrc(images.load(i))).as(name).isEqualTo(expected.get(name));
      }
    }
    assertThat(compared).isEqualTo(54);
  }

  @Test
  void everyTrainingRunIsEqual() {
    Map<String, DataSource> splits = Map.of("train", data("train"), "val", data("val"));
    Map<String, Object> runs = object(recorded.json().get("runs"));
    assertThat(runs).hasSize(16);
    runs.forEach((run, value) -> compare(run, object(value), splits));
  }

  private void compare(String run, Map<String, Object> about, Map<String, DataSource> splits) {
    DataSource data = splits.get(about.get("split"));
    Object config = about.get("config");
    RecordedDraws draws = new RecordedDraws(list(about.get("draws")));
    SampleMapper mapper =
        new SampleMapper(
            data.dataset(),
            ImageSource.decoding(data),
            config.equals("official") ? DetrAugmentation.official() : small(object(config)));
    int index = data.dataset().imageIndex((String) about.get("file_name")).orElseThrow();
    Sample sample = mapper.map(index, draws);
    assertThat(draws.left()).as(run).isEmpty();
    assertThat(new int[] {sample.image().height(), sample.image().width()})
        .as(run)
        .containsExactly(ints(about.get("final_hw")));
    assertThat(TestImages.planarCrc(sample.image())).as(run).isEqualTo(about.get("image_crc32"));
    assertThat(sample.boxesXyxy()).as(run).isEqualTo(recorded.floats(run + ".boxes_xyxy"));
    assertThat(sample.labels())
        .as(run)
        .containsExactly(
            java.util.Arrays.stream(recorded.longs(run + ".labels"))
                .mapToInt(Math::toIntExact)
                .toArray());
    assertThat(sample.annotationIds())
        .as(run)
        .containsExactly(longs(about.get("annotation_ids_kept")));
  }

  private static DetrAugmentation small(Map<String, Object> config) {
    int[] range = ints(config.get("crop_range"));
    return new DetrAugmentation(
        ints(config.get("short")),
        ((Number) config.get("max")).intValue(),
        ints(config.get("crop_branch_short")),
        range[0],
        range[1]);
  }

  @Test
  void evaluationIsEqual() {
    DataSource train = data("train");
    DataSource val = data("val");
    Map<String, Object> images = object(recorded.json().get("evaluation"));
    assertThat(images).hasSize(4);
    images.forEach(
        (name, value) -> {
          DataSource data = train.dataset().imageIndex(name).isPresent() ? train : val;
          RgbImage image =
              ImageDecoder.read(data.imageFile(data.dataset().imageIndex(name).orElseThrow()));
          TransformChain chain =
              EvaluationResize.official()
                  .decide(image.width(), image.height(), new CounterRandom(0, 0, 0));
          assertThat(TestImages.planarCrc(chain.apply(image)))
              .as(name)
              .isEqualTo(object(value).get("image_crc32"));
        });
  }
}
