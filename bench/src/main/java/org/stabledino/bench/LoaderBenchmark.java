package org.stabledino.bench;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.DetrAugmentation;
import org.stabledino.detection.data.EpochOrder;
import org.stabledino.detection.data.ImageSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.data.SampleMapper;
import org.stabledino.detection.data.TrainingStream;

/**
 * From JPEG files to augmented samples, as training does it: decode, flip, crop, resize to 480 …
 * 800 pixels with at most 1333.
 *
 * <p>The rate is to be held against that of {@link TrainingStepBenchmark}: the loader runs beside
 * training, so it must deliver several times what a step consumes.
 */
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 3, time = 5)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class LoaderBenchmark extends Workload {

  /** Photos, their size, and the workers that share the work. */
  @Param({
    "tiny 2x60x80 workers 1",
    "coco 16x480x640 workers 1",
    "coco 16x480x640 workers 2",
    "coco 16x480x640 workers 4"
  })
  public String shape;

  private Path root;
  private TrainingStream stream;
  private long position;

  /** A benchmark without photos yet. */
  public LoaderBenchmark() {}

  /**
   * Makes photos: soft forms with grain, which compress about as photos do.
   *
   * @throws IOException if the temporary folder has no room
   */
  @Setup
  public void setUp() throws IOException {
    NamedShape s = NamedShape.of(shape);
    root = Files.createTempDirectory("loader");
    Files.createDirectories(root.resolve("annotations"));
    Files.createDirectories(root.resolve("images"));
    StringBuilder images = new StringBuilder();
    StringBuilder annotations = new StringBuilder();
    Random random = new Random(60);
    for (int i = 0; i < s.get(0); i++) {
      String name = i + ".jpg";
      ImageIO.write(
          photo(s.get(2), s.get(1), random), "jpeg", root.resolve("images/" + name).toFile());
      images
          .append(i == 0 ? "" : ",")
          .append(
              "{\"id\":%d,\"file_name\":\"%s\",\"width\":%d,\"height\":%d}"
                  .formatted(i, name, s.get(2), s.get(1)));
      annotations
          .append(i == 0 ? "" : ",")
          .append(
              "{\"id\":%d,\"image_id\":%d,\"category_id\":1,\"bbox\":[10.5,10.5,30,30]}"
                  .formatted(i + 1, i));
    }
    Files.writeString(
        root.resolve("annotations/instances_train.json"),
        "{\"images\":[%s],\"annotations\":[%s],\"categories\":[{\"id\":1,\"name\":\"a\"}]}"
            .formatted(images, annotations));
    DataSource data = new CocoFolder(root).open("train", BoxPolicy.REFUSE);
    SampleMapper mapper =
        new SampleMapper(data.dataset(), ImageSource.decoding(data), DetrAugmentation.official());
    int[] all = IntStream.range(0, s.get(0)).toArray();
    stream = new TrainingStream(EpochOrder.shuffled(all, 60), mapper, 60);
  }

  private static BufferedImage photo(int width, int height, Random random) {
    BufferedImage photo = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    double[] wave = random.doubles(6, 0.005, 0.06).toArray();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int colour = 0;
        for (int c = 0; c < 3; c++) {
          double value =
              128
                  + 60 * Math.sin(x * wave[c] + y * wave[5 - c])
                  + 40 * Math.sin(x * wave[5 - c] - 3 * y * wave[c])
                  + 8 * random.nextGaussian();
          colour = colour << 8 | (int) Math.clamp(value, 0, 255);
        }
        photo.setRGB(x, y, colour);
      }
    }
    return photo;
  }

  /**
   * Removes the photos.
   *
   * @throws IOException if they cannot be removed
   */
  @TearDown
  public void tearDown() throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  // One epoch through the ring of prefetched samples; positions go on from call to call, so that
  // each call draws other sizes and crops.

  /**
   * Loads.
   *
   * @return the pixels seen
   */
  @Benchmark
  public long load() {
    NamedShape s = NamedShape.of(shape);
    long pixels = 0;
    try (PrefetchLoader<Sample> loader =
        new PrefetchLoader<>(
            stream::sample, position, position + s.get(0), s.get(3), 2 * s.get(3))) {
      while (loader.hasNext()) {
        Sample sample = loader.next();
        pixels += (long) sample.image().width() * sample.image().height();
      }
    }
    position += s.get(0);
    return pixels;
  }
}
