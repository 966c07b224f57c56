package org.stabledino.detection.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.study.Explanation.Changed;
import org.stabledino.detection.study.Observation.DecoderLayer;
import org.stabledino.detection.study.Observation.Denoising;

class ExplanationTest {
  @TempDir static Path scenes;
  @TempDir Path folder;

  private static DataSource source;
  private static ModelFile.Loaded detector;
  private static Observation seen;

  @BeforeAll
  static void observe() {
    source = SeededDetector.scenes(scenes);
    detector = SeededDetector.of(source, Map.of());
    seen = Observer.observe(detector, source, 1);
  }

  private static int[][] plain(double exponent) {
    return seen.heads().stream()
        .map(Head::predictions)
        .map(
            p ->
                PlainMatching.assign(
                    PlainMatching.costs(
                        p.logits().toFloats(),
                        p.boxes().toFloats(),
                        p.classes(),
                        seen.targets().labels(),
                        seen.targets().boxes(),
                        exponent)))
        .toArray(int[][]::new);
  }

  @Test
  void matchingsAreThoseOfAPlainTranscriptionWithAndWithoutModulation() {
    int[][] with = plain(0.5);
    int[][] without = plain(0);
    assertThat(seen.matched()).isDeepEqualTo(with);
    assertThat(seen.matched(seen.modulated())).isDeepEqualTo(with);
    assertThat(seen.matched(seen.unmodulated())).isDeepEqualTo(without);
    List<String> expected = new ArrayList<>();
    for (int head = 0; head < with.length; head++) {
      for (int target = 0; target < with[head].length; target++) {
        if (with[head][target] != without[head][target]) {
          expected.add(
              "%d %d %d %d".formatted(head, target, without[head][target], with[head][target]));
        }
      }
    }
    assertThat(Explanation.changes(seen))
        .extracting(
            (Changed change) ->
                "%d %d %d %d"
                    .formatted(
                        change.head(),
                        change.target(),
                        change.without().query(),
                        change.with().query()))
        .containsExactlyElementsOf(expected);
  }

  @Test
  void pairsHaveTheirProbabilityAndOverlap() {
    Predictions last = seen.heads().getLast().predictions();
    float[] boxes = last.boxes().toFloats();
    float[] logits = last.logits().toFloats();
    for (int query = 0; query < SeededDetector.QUERIES; query++) {
      for (int target = 0; target < seen.targets().count(); target++) {
        Observation.Pair pair = seen.pair(SeededDetector.LAYERS, query, target);
        double[] overlaps = PlainMatching.overlaps(boxes, query, seen.targets().boxes(), target);
        double logit = logits[query * last.classes() + seen.targets().labels()[target]];
        assertThat(pair.iou()).isCloseTo(overlaps[0], within(1e-6));
        assertThat(pair.giou()).isCloseTo(overlaps[1], within(1e-6));
        assertThat(pair.probability()).isCloseTo(1 / (1 + Math.exp(-logit)), within(1e-12));
      }
    }
  }

  @Test
  void attentionOfEachHeadIsSharedAmongTheLevels() {
    assertThat(seen.layers()).hasSize(SeededDetector.LAYERS);
    for (DecoderLayer layer : seen.layers()) {
      for (int query = 0; query < SeededDetector.QUERIES; query++) {
        double[][] shares = SamplingFigure.shares(layer, query, seen.levels().size());
        assertThat(shares).hasDimensions(8, 3);
        int at = query * 8 * 3 * 4;
        for (double[] head : shares) {
          assertThat(head[0] + head[1] + head[2]).isCloseTo(1, within(1e-5));
          float[] w = layer.weights();
          assertThat(head[0])
              .isCloseTo((double) w[at] + w[at + 1] + w[at + 2] + w[at + 3], within(1e-6));
          at += 12;
        }
      }
    }
    for (int query = 0; query < SeededDetector.QUERIES; query++) {
      for (int c = 0; c < 4; c++) {
        assertThat(seen.layers().getFirst().references()[4 * query + c])
            .as("the first layer starts from the encoder's boxes")
            .isEqualTo(seen.box(0, query)[c]);
      }
    }
  }

  /** Written out as a rule, for every pair of queries. */
  @Test
  void theMaskIsThatOfDenoising() {
    Denoising denoising = seen.denoising();
    int group = denoising.layout().copies() * denoising.layout().slots();
    int denoised = denoising.layout().groups() * group;
    int all = denoised + SeededDetector.QUERIES;
    assertThat(denoising.layout().groups()).isGreaterThan(1);
    assertThat(denoising.blocked()).hasSize(all * all);
    for (int row = 0; row < all; row++) {
      for (int column = 0; column < all; column++) {
        boolean sees = column >= denoised || (row < denoised && row / group == column / group);
        assertThat(denoising.blocked()[row * all + column] == 0).isEqualTo(sees);
      }
    }
  }

  @Test
  void thePageShowsEveryPictureBesideIt() throws IOException {
    Path page = new Explanation(seen, List.of(5, 0, 5), 2).write(folder.resolve("a&b"));
    Set<String> expected =
        new TreeSet<>(
            List.of(
                "chains.png",
                "denoising.png",
                "index.html",
                "mask.png",
                "matched.png",
                "sampling-0.png",
                "sampling-5.png",
                "scores.png"));
    try (Stream<Path> files = Files.list(page.getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
          .isEqualTo(expected);
    }
    String html = Files.readString(page);
    assertThat(html).startsWith("<!doctype html>").endsWith("</html>\n");
    assertThat(html.split("<section", -1)).hasSameSizeAs(html.split("</section>", -1));
    assertThat(html).contains("Sec. 2.4.3", "Eq. 4", "q = p · u^0.5");
    Set<String> shown = new TreeSet<>(Set.of("index.html"));
    Matcher sources = Pattern.compile("<img src=\"([^\"]+)\"").matcher(html);
    while (sources.find()) {
      BufferedImage picture = ImageIO.read(page.resolveSibling(sources.group(1)).toFile());
      assertThat(picture.getWidth()).isBetween(500, 4000);
      assertThat(picture.getHeight()).isBetween(200, 6000);
      shown.add(sources.group(1));
    }
    assertThat(shown).isEqualTo(expected);
  }

  @Test
  void queriesAndLayersAreChecked() {
    assertThatThrownBy(() -> new Explanation(seen, List.of(14), 0))
        .isInstanceOf(UserException.class)
        .hasMessage("--query 14: the detector has queries 0 to 13");
    assertThatThrownBy(() -> new Explanation(seen, List.of(), 4))
        .isInstanceOf(UserException.class)
        .hasMessage("--layer 4: the decoder has layers 1 to 3");
  }

  @Test
  void aDetectorWithoutDenoisingAndWithoutModulationIsExplainedToo() throws IOException {
    ModelFile.Loaded other =
        SeededDetector.of(
            source,
            Map.of(
                "model.denoising.queries", "0",
                "model.matching.modulation", "NONE",
                "model.transformer.decoderLayers", "1"));
    Path page = new Explanation(Observer.observe(other, source, 0), List.of(), 0).write(folder);
    assertThat(folder.resolve("mask.png")).doesNotExist();
    assertThat(Files.readString(page)).contains("trained without modulation");
  }
}
