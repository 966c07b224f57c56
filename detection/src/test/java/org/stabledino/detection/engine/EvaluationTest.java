package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.evaluation.Detection;
import org.stabledino.detection.evaluation.DetectionList;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.postprocess.PostProcessor;
import org.stabledino.nn.init.Rng;

/** Evaluation in batches, by several workers, with several ways of making detections. */
@Timeout(300)
final class EvaluationTest {
  private static final int[][] SIZES = {
    {96, 64}, {64, 96}, {96, 64}, {80, 64}, {96, 64}, {64, 96}, {96, 64}
  };

  private static final RunListener SILENT = new RunListener() {};

  @TempDir static Path root;

  private static DataSource source;
  private static StableDino model;

  /** Seven pictures of three shapes, in COCO's own layout. */
  @BeforeAll
  static void make() throws IOException {
    Random random = new Random(60);
    Path pictures = Files.createDirectories(root.resolve("val2017"));
    for (int i = 0; i < SIZES.length; i++) {
      int[] size = SIZES[i];
      BufferedImage picture = new BufferedImage(size[0], size[1], BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < size[0] * size[1]; p++) {
        picture.setRGB(p % size[0], p / size[0], random.nextInt(1 << 24));
      }
      ImageIO.write(picture, "png", pictures.resolve(i + ".png").toFile());
    }
    Files.createDirectories(root.resolve("annotations"));
    Files.writeString(
        root.resolve("annotations/instances_val2017.json"),
        """
        {"images": [%s],
         "annotations": [{"id": 1, "image_id": 101, "category_id": 3, "bbox": [4, 6, 10.5, 12]}],
         "categories": [{"id": 3, "name": "cup"}, {"id": 8, "name": "pen"}]}
        """
            .formatted(
                IntStream.range(0, SIZES.length)
                    .mapToObj(
                        i ->
                            "{\"id\": %d, \"file_name\": \"%d.png\", \"width\": %d, \"height\": %d}"
                                .formatted(100 + i, i, SIZES[i][0], SIZES[i][1]))
                    .collect(Collectors.joining(","))));
    source = new CocoFolder(root).open("val", BoxPolicy.KEEP);
    model = new StableDino(config(1, 1).model());
    model.initialize(Rng.of(60));
  }

  private static RunConfig config(int batchSize, int workers) {
    return Preset.DEMO
        .settings(2)
        .with(
            Map.of(
                "data.augmentation", "DETR",
                "data.evaluationShortEdge", "64",
                "data.maxSize", "128",
                "data.workers", Integer.toString(workers),
                "eval.batchSize", Integer.toString(batchSize),
                "model.transformer.numQueries", "20"));
  }

  private static List<Detection> found(DetectionList list) {
    return IntStream.range(0, list.size()).mapToObj(list::get).toList();
  }

  /** Bit for bit: a batch holds pictures of one size only, and no kernel mixes pictures. */
  @ParameterizedTest
  @CsvSource({"2, 1", "3, 3", "16, 2"})
  void detectionsDependNeitherOnTheBatchNorOnTheWorkers(int batchSize, int workers) {
    DetectionList single = Evaluation.run(model, config(1, 1), source, SILENT).detections();
    DetectionList batched =
        Evaluation.run(model, config(batchSize, workers), source, SILENT).detections();
    assertThat(single.size()).isGreaterThan(100);
    assertThat(found(batched)).isEqualTo(found(single));
  }

  @Test
  void batchesHoldOneSizeAndEveryPictureOnce() {
    try (PrefetchLoader<List<Sample>> loader =
        Pictures.evaluation(source, config(3, 2).data(), 3)) {
      List<List<Long>> ids =
          IntStream.range(0, 4)
              .mapToObj(_ -> loader.next().stream().map(Sample::imageId).toList())
              .toList();
      assertThat(ids)
          .containsExactly(
              List.of(100L, 102L, 104L), List.of(101L, 105L), List.of(103L), List.of(106L));
      assertThat(loader.hasNext()).isFalse();
    }
  }

  @Test
  void severalWaysOfSuppressionShareOnePass() {
    PostProcessor off = new PostProcessor(40, 1, 0);
    PostProcessor strict = new PostProcessor(40, 0, 0);
    List<Evaluation.Result> both =
        Evaluation.run(model, config(1, 1), source, List.of(off, strict), SILENT);
    for (PostProcessor one : List.of(off, strict)) {
      Evaluation.Result alone =
          Evaluation.run(model, config(1, 1), source, List.of(one), SILENT).getFirst();
      Evaluation.Result same = both.get(one == off ? 0 : 1);
      assertThat(found(same.detections())).isEqualTo(found(alone.detections()));
      assertThat(same.metrics()).isEqualTo(alone.metrics());
    }
    assertThat(both.get(1).detections().size()).isLessThan(both.get(0).detections().size());
  }

  /** A worker meets the damage; the user reads which file it is, and no thread stays. */
  @ParameterizedTest
  @CsvSource({"1", "4"})
  void aDamagedPictureIsNamed(int workers) throws IOException {
    Path broken = root.resolve("val2017/4.png");
    byte[] whole = Files.readAllBytes(broken);
    Files.write(broken, Arrays.copyOf(whole, whole.length / 2));
    try {
      assertThatThrownBy(() -> Evaluation.run(model, config(2, workers), source, SILENT))
          .isInstanceOf(UserException.class)
          .hasMessageStartingWith(broken + ": cannot be read as an image (")
          .message()
          .hasLineCount(1);
    } finally {
      Files.write(broken, whole);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("prefetch-"));
  }
}
