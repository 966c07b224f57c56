package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.list;
import static org.stabledino.detection.data.TestJson.longs;
import static org.stabledino.detection.data.TestJson.object;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.zip.CRC32;
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
        assertThat(planarCrc(images.load(i))).as(name).isEqualTo(expected.get(name));
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
    Replay draws = new Replay(list(about.get("draws")));
    SampleMapper mapper =
        new SampleMapper(
            data.dataset(),
            ImageSource.decoding(data),
            config.equals("official") ? DetrAugmentation.official() : small(object(config)));
    int index = data.dataset().imageIndex((String) about.get("file_name")).orElseThrow();
    Sample sample = mapper.map(index, draws);
    assertThat(draws.left).as(run).isEmpty();
    assertThat(new int[] {sample.image().height(), sample.image().width()})
        .as(run)
        .containsExactly(ints(about.get("final_hw")));
    assertThat(planarCrc(sample.image())).as(run).isEqualTo(about.get("image_crc32"));
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
          assertThat(planarCrc(chain.apply(image)))
              .as(name)
              .isEqualTo(object(value).get("image_crc32"));
        });
  }

  /** CRC-32 of the bytes in C,H,W order, as recorded. */
  private static long planarCrc(RgbImage image) {
    byte[] planar = new byte[image.rgb().length];
    int plane = planar.length / 3;
    for (int i = 0; i < planar.length; i++) {
      planar[i % 3 * plane + i / 3] = image.rgb()[i];
    }
    CRC32 crc = new CRC32();
    crc.update(planar);
    return crc.getValue();
  }

  /** Gives recorded draws back, and checks that the same kind with the same bounds is asked for. */
  private static final class Replay implements DrawSource {
    private final Deque<Object> left;

    Replay(java.util.List<?> draws) {
      left = new ArrayDeque<>(draws);
    }

    private Map<String, Object> next(String kinds) {
      Map<String, Object> draw = object(left.removeFirst());
      assertThat(kinds).contains(draw.get("kind").toString());
      return draw;
    }

    @Override
    public double uniform() {
      return ((Number) next("rand, uniform").get("value")).doubleValue();
    }

    @Override
    public int integer(int low, int high) {
      Map<String, Object> draw = next("randint");
      int[] args = ints(draw.get("args"));
      assertThat(args).containsExactly(args.length == 1 ? new int[] {high} : new int[] {low, high});
      return ((Number) draw.get("value")).intValue();
    }

    @Override
    public int choice(int... options) {
      Map<String, Object> draw = next("choice");
      assertThat(ints(list(draw.get("args")).getFirst())).containsExactly(options);
      return ((Number) draw.get("value")).intValue();
    }
  }
}
