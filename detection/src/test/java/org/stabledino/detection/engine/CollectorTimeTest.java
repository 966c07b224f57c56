package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;

/** How much of a run the garbage collector takes. */
class CollectorTimeTest {
  private static final int STEPS = 200;

  /**
   * Until here loops are compiled; until they are, vectors are objects, and young ones by the GB.
   */
  private static final int COLD_STEPS = 100;

  @TempDir Path folder;

  @Test
  void aShareIsOfTheTimeBetweenTwoMoments() {
    CollectorTime before = new CollectorTime(5_000_000_000L, 100);
    CollectorTime after = new CollectorTime(7_000_000_000L, 130);
    assertThat(after.percentSince(before)).isEqualTo(1.5);
    assertThat(before.percentSince(before)).isZero();
    assertThat(CollectorTime.now().summary())
        .matches("garbage collection \\d+\\.\\d % of the time");
  }

  /**
   * Wall time on a busy machine is long for collections and steps alike, so their ratio is fit for
   * a test; the JVM is a fresh one, since the heap of this one depends on the tests before.
   */
  @Test
  void aRunThatIsWarmSpendsLessThanAHundredthOnCollections()
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "-XX:+UseParallelGC", // this and the young space as the launcher has them
            "-Xmn48m",
            "-Xmx1g",
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            CollectorTimeTest.class.getName(),
            folder.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output)
        .containsPattern("\\(median of 100\\); garbage collection \\d+\\.\\d % of the time");

    Map<String, Double> warm =
        MetricsLog.read(new RunFolder(folder.resolve("run")).log()).stream()
            .filter(line -> line.get("step") > COLD_STEPS)
            .findFirst()
            .orElseThrow();
    assertThat(warm.get("garbageCollectionPercent"))
        .as("percent of the time of %d steps", STEPS - COLD_STEPS)
        .isBetween(0.0, 1.0);
  }

  /** The run that is measured. */
  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    Path scenes = folder.resolve("scenes");
    SceneDataset.create(scenes, new SceneOptions(1, 16, 2, 64), (_, _) -> {});
    DataSource training = new CocoFolder(scenes).open("train", BoxPolicy.REFUSE);
    RunListener printing =
        new RunListener() {
          @Override
          public void message(String line) {
            System.out.println(line);
          }
        };
    Trainer trainer =
        new Trainer(
            Preset.DEMO
                .settings(training.dataset().numClasses())
                .with(
                    Map.of(
                        "data.height",
                        "64",
                        "data.width",
                        "64",
                        "train.steps",
                        Integer.toString(STEPS),
                        "train.logEvery",
                        Integer.toString(COLD_STEPS),
                        "train.evaluateEvery",
                        "0",
                        "train.checkpointEvery",
                        Integer.toString(STEPS))),
            training,
            Optional.empty(),
            new RunFolder(folder.resolve("run")),
            printing);
    try (StopSignal stop = StopSignal.listen()) {
      trainer.run(stop);
    }
  }
}
