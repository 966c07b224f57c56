package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.postprocess.PostProcessor;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;

/**
 * Large arrays that go past the pool, found by the JVM's flight recorder: it reports each object
 * that does not fit a thread's buffer, which a JVM of its own keeps small.
 */
class LargeArraysTest {
  private static final int WARM = 3;
  private static final int RECORDED = 3;

  /**
   * Bytes. Two pictures of 96 x 96 have 221 KB in float32, the maps of the first stages more; the
   * largest arrays known to be made in each step are indices of 66 KB, where the stem's pooling
   * found its maxima.
   */
  private static final long LARGE = 128 << 10;

  /** Buffers that a thread keeps: it may come to a kernel for the first time at any step. */
  private static final String KEPT = "org.stabledino.tensor.cpu.Workspace";

  @TempDir Path folder;

  @Test
  void warmStepsAndDetectionsMakeNone() throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "-XX:+UseParallelGC",
            "-XX:TLABSize=32k",
            "-XX:-ResizeTLAB",
            "-Xmx1g",
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            LargeArraysTest.class.getName(),
            folder.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("the first step made some");
    assertThat(output).doesNotContain("LARGE");
  }

  /** Steps, detections and what they made. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Path scenes = folder.resolve("scenes");
    SceneDataset.create(scenes, new SceneOptions(1, 4, 1, 96), (_, _) -> {});
    DataSource training = new CocoFolder(scenes).open("train", BoxPolicy.REFUSE);
    RunConfig config = Preset.DEMO.settings(training.dataset().numClasses());
    List<Sample> batch;
    try (PrefetchLoader<List<Sample>> batches =
        Pictures.training(training, config.data(), config.train(), 0)) {
      batch = batches.next();
    }
    TrainingState state = new TrainingState(config);
    List<PostProcessor> postProcessors = List.of(config.model().postProcessor());
    Runnable work =
        () -> {
          state.train(batch);
          state.model().train(false);
          Evaluation.detect(state.model(), batch, postProcessors);
          state.model().train(true);
        };
    Path recorded = folder.resolve("recorded.jfr");
    if (!large(work, 1, recorded).isEmpty()) {
      System.out.println("the first step made some"); // so the recorder sees them
    }
    for (int i = 1; i < WARM; i++) {
      work.run();
    }
    for (String allocation : large(work, RECORDED, recorded)) {
      System.out.println("LARGE " + allocation);
    }
  }

  private static List<String> large(Runnable work, int times, Path file) throws IOException {
    try (Recording recording = new Recording()) {
      recording.enable("jdk.ObjectAllocationOutsideTLAB").withStackTrace();
      recording.start();
      for (int i = 0; i < times; i++) {
        work.run();
      }
      recording.stop();
      Files.deleteIfExists(file);
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getLong("allocationSize") >= LARGE)
        .filter(event -> frames(event).stream().noneMatch(frame -> frame.startsWith(KEPT)))
        .map(
            event ->
                "%s, %d bytes, made by %s"
                    .formatted(
                        event.getClass("objectClass").getName(),
                        event.getLong("allocationSize"),
                        frames(event)))
        .toList();
  }

  private static List<String> frames(RecordedEvent event) {
    return event.getStackTrace() == null
        ? List.of()
        : event.getStackTrace().getFrames().stream()
            .filter(RecordedFrame::isJavaFrame)
            .map(frame -> frame.getMethod().getType().getName() + "." + frame.getMethod().getName())
            .toList();
  }
}
