package org.stabledino.detection.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.engine.Batch;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.Pictures;
import org.stabledino.detection.engine.RunListener;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.tensor.Scope;

class StabilityAnalysisTest {
  @TempDir Path folder;

  /** Counts of a plain transcription: one image at a time, every head, exact assignment. */
  @ParameterizedTest
  @CsvSource({"NONE, 0", "PAIR, 0.5"})
  void countsAreThoseOfAPlainTranscription(String modulation, double exponent) {
    DataSource source = SeededDetector.scenes(folder);
    ModelFile.Loaded detector =
        SeededDetector.of(source, Map.of("model.matching.modulation", modulation));
    long[] changed = new long[SeededDetector.LAYERS];
    long[] byChanges = new long[SeededDetector.LAYERS + 1];
    long truths = 0;
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      for (int i = 0; i < source.dataset().images().size(); i++) {
        Sample sample = Pictures.evaluationSample(source, detector.config().data(), i);
        Batch batch = Batch.of(List.of(sample));
        Targets targets = batch.targets().getFirst();
        ModelOutput output = detector.model().forward(batch.images(), batch.sizes(), null);
        int[] changes = new int[targets.count()];
        int[] before = assign(output.encoder(), targets, exponent);
        for (int layer = 0; layer < changed.length; layer++) {
          int[] now = assign(output.layers().get(layer), targets, exponent);
          for (int t = 0; t < now.length; t++) {
            changed[layer] += now[t] == before[t] ? 0 : 1;
            changes[t] += now[t] == before[t] ? 0 : 1;
          }
          before = now;
        }
        for (int count : changes) {
          byChanges[count]++;
        }
        truths += targets.count();
      }
    }
    Stability found = StabilityAnalysis.run("tiny", detector, source, RunListener.SILENT);
    assertThat(found.heads()).containsExactly("encoder", "layer 1", "layer 2", "layer 3");
    assertThat(found.images()).isEqualTo(5);
    assertThat(found.truths()).isEqualTo(truths).isPositive();
    assertThat(found.changed()).isEqualTo(changed);
    assertThat(found.truthsByChanges()).isEqualTo(byChanges);
    assertThat(changed[1]).as("random heads disagree").isPositive();
    assertThat(found.percent(1)).isCloseTo(100.0 * changed[1] / truths, within(1e-12));
    assertThat(found.steady()).isCloseTo(100.0 * byChanges[0] / truths, within(1e-12));
  }

  private static int[] assign(Prediction prediction, Targets targets, double exponent) {
    return PlainMatching.assign(
        PlainMatching.costs(
            prediction.logits().data().toFloats(),
            prediction.boxes().data().toFloats(),
            prediction.logits().dim(2),
            targets.labels(),
            targets.boxes(),
            exponent));
  }

  @Test
  void aDataSetWithoutGroundTruthIsRefused() throws IOException {
    DataSource scenes = SeededDetector.scenes(folder);
    ModelFile.Loaded detector = SeededDetector.of(scenes, Map.of());
    var image = scenes.dataset().images().getFirst();
    Files.writeString(
        scenes.dataset().file(),
        """
        {"images": [{"id": 1, "file_name": "%s", "width": %d, "height": %d}],
         "annotations": [], "categories": [{"id": 1, "name": "disc"}]}
        """
            .formatted(image.fileName(), image.width(), image.height()));
    DataSource empty = new CocoFolder(folder).open("val", BoxPolicy.REFUSE);
    assertThat(empty.dataset().annotations()).isEmpty();
    assertThatThrownBy(() -> StabilityAnalysis.run("x", detector, empty, RunListener.SILENT))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no image has an annotation");
  }

  @Test
  void tableJsonAndChartShowRunsSideBySide() throws IOException {
    List<String> heads = List.of("encoder", "layer 1", "layer 2");
    StabilityReport report =
        new StabilityReport(
            "val.json",
            List.of(
                new Stability(
                    "baseline", heads, 10, 40, new long[] {20, 10}, new long[] {15, 20, 5}),
                new Stability(
                    "stable", heads.subList(0, 2), 10, 40, new long[] {5}, new long[] {35, 5})));
    assertThat(report.table())
        .isEqualTo(
            """
            unstable score, %             baseline     stable
            encoder → layer 1                 50.0       12.5
            layer 1 → layer 2                 25.0          -
            mean between layers               25.0          -
            the same query throughout         37.5       87.5
            ground truths                       40         40
            """);
    Path json = folder.resolve("a/score.json");
    report.writeJson(json);
    assertThat(json)
        .hasContent(
            """
            {"data":"val.json","runs":[{"run":"baseline","images":10,"ground_truths":40,"pairs":[\
            {"from":"encoder","to":"layer 1","changed":20,"percent":50.0},\
            {"from":"layer 1","to":"layer 2","changed":10,"percent":25.0}],\
            "mean_between_layers":25.0,"ground_truths_by_changes":[15,20,5]},\
            {"run":"stable","images":10,"ground_truths":40,"pairs":[\
            {"from":"encoder","to":"layer 1","changed":5,"percent":12.5}],\
            "ground_truths_by_changes":[35,5]}]}
            """);
    Path chart = folder.resolve("a/score.png");
    if (report.writeChart(chart)) {
      assertThat(ImageIO.read(chart.toFile()).getWidth()).isEqualTo(1200);
    }
  }
}
