package org.stabledino.detection.scenes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SceneRendererTest {
  private static final int COUNT = 400;
  private static final List<Scene> SCENES =
      IntStream.range(0, COUNT)
          .mapToObj(i -> SceneRenderer.render(SceneOptions.DEFAULT, SceneSplit.TRAIN, i))
          .toList();

  /** Recorded once: the same pixels on every machine, or {@link SceneDataset#VERSION} goes up. */
  @ParameterizedTest
  @CsvSource({
    "TRAIN, 0, 2717123082",
    "TRAIN, 4711, 3504112346",
    "VAL, 1, 2897619571",
    "VAL, 149, 4225792955"
  })
  void pixelsAreThoseOfTheFirstDay(SceneSplit split, int index, long expected) {
    assertThat(checksum(SceneRenderer.render(SceneOptions.DEFAULT, split, index)))
        .isEqualTo(expected);
  }

  @Test
  void seedSplitAndIndexEachGiveAnotherScene() {
    SceneOptions other = new SceneOptions(61, 10, 10, 160);
    assertThat(
            List.of(
                checksum(SceneRenderer.render(SceneOptions.DEFAULT, SceneSplit.TRAIN, 5)),
                checksum(SceneRenderer.render(SceneOptions.DEFAULT, SceneSplit.VAL, 5)),
                checksum(SceneRenderer.render(SceneOptions.DEFAULT, SceneSplit.TRAIN, 6)),
                checksum(SceneRenderer.render(other, SceneSplit.TRAIN, 5))))
        .doesNotHaveDuplicates();
  }

  @Test
  void classesAreBalanced() {
    Map<ShapeClass, Integer> counts = new EnumMap<>(ShapeClass.class);
    ordinary().forEach(object -> counts.merge(object.kind(), 1, Integer::sum));
    double mean = counts.values().stream().mapToInt(i -> i).average().orElseThrow();
    assertThat(counts).hasSize(6);
    assertThat(counts.values()).allSatisfy(n -> assertThat(n / mean).isBetween(0.8, 1.2));
  }

  @Test
  void allThreeSizeRangesOccur() {
    List<SceneObject> all = ordinary();
    double n = all.size();
    assertThat(all.stream().filter(o -> o.area() < 32 * 32).count() / n).isBetween(0.15, 0.4);
    assertThat(all.stream().filter(o -> o.area() > 96 * 96).count() / n).isBetween(0.02, 0.1);
    assertThat(all).allSatisfy(o -> assertThat(o.area()).isGreaterThan(60));
  }

  @Test
  void manyObjectsAreCoveredInPartButNoneTooMuch() {
    List<SceneObject> all = ordinary();
    assertThat(all).allSatisfy(o -> assertThat(o.visibleFraction()).isBetween(0.4, 1.0));
    assertThat(all.stream().filter(o -> o.visibleFraction() < 0.9).count() / (double) all.size())
        .isBetween(0.2, 0.6);
  }

  @Test
  void oneSceneInTwentyFiveIsEmptyAndOneInFortyHasACrowd() {
    assertThat(SCENES.stream().filter(s -> s.objects().isEmpty()).count()).isEqualTo(COUNT / 25);
    assertThat(SCENES.stream().filter(s -> s.objects().stream().anyMatch(SceneObject::crowd)))
        .hasSizeBetween(COUNT / 40 - 3, COUNT / 40);
    assertThat(SCENES).allSatisfy(s -> assertThat(s.objects()).hasSizeLessThanOrEqualTo(9));
  }

  @Test
  void boxesAndAreasAreThoseOfTheVisibleMasks() {
    int checked = 0;
    for (Scene scene : SCENES) {
      boolean[] taken = new boolean[scene.size() * scene.size()];
      for (SceneObject object : scene.objects()) {
        if (object.segmentation() instanceof Segmentation.RunLengths mask) {
          checkMask(object, mask, taken);
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(500);
  }

  /** Decodes the runs; no two visible masks of a scene share a pixel. */
  private static void checkMask(SceneObject object, Segmentation.RunLengths mask, boolean[] taken) {
    int at = 0;
    int area = 0;
    int left = Integer.MAX_VALUE;
    int top = Integer.MAX_VALUE;
    int right = 0;
    int bottom = 0;
    boolean seen = false;
    for (int count : mask.counts()) {
      for (int end = at + count; at < end; at++) {
        if (seen) {
          assertThat(taken[at]).isFalse();
          taken[at] = true;
          area++;
          int x = at / mask.height();
          int y = at % mask.height();
          left = Math.min(left, x);
          top = Math.min(top, y);
          right = Math.max(right, x + 1);
          bottom = Math.max(bottom, y + 1);
        }
      }
      seen = !seen;
    }
    assertThat(at).isEqualTo(mask.height() * mask.width());
    assertThat(IntStream.of(mask.counts()).skip(1)).allSatisfy(n -> assertThat(n).isPositive());
    assertThat(new int[] {left, top, right - left, bottom - top, area})
        .containsExactly(object.x(), object.y(), object.width(), object.height(), object.area());
  }

  @Test
  void polygonsLieInTheirBoxesAndHaveTheirAreas() {
    int checked = 0;
    for (SceneObject object : ordinary()) {
      if (object.segmentation() instanceof Segmentation.Polygon(double[] corners)) {
        double twiceArea = 0;
        int n = corners.length;
        for (int i = 0; i < n; i += 2) {
          assertThat(corners[i]).isBetween(object.x() - 2.5, object.x() + object.width() + 2.5);
          assertThat(corners[i + 1])
              .isBetween(object.y() - 2.5, object.y() + object.height() + 2.5);
          int next = (i + 2) % n;
          twiceArea += corners[i] * corners[next + 1] - corners[next] * corners[i + 1];
        }
        assertThat(Math.abs(twiceArea) / 2 / object.area()).isBetween(0.93, 1.07);
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(200);
  }

  /** The share of the image that an object takes does not depend on the resolution. */
  @ParameterizedTest
  @ValueSource(ints = {64, 128, 256})
  void scalesWithTheImage(int size) {
    SceneOptions options = new SceneOptions(3, 100, 1, size);
    double area = 0;
    int objects = 0;
    for (int i = 0; i < 100; i++) {
      Scene scene = SceneRenderer.render(options, SceneSplit.TRAIN, i);
      assertThat(scene.pixels()).hasSize(size * size * 3);
      for (SceneObject object : scene.objects()) {
        assertThat(object.x() + object.width()).isLessThanOrEqualTo(size);
        assertThat(object.y() + object.height()).isLessThanOrEqualTo(size);
        area += object.area() / (double) (size * size);
        objects++;
      }
    }
    assertThat(area / objects).isBetween(0.05, 0.13);
  }

  private static List<SceneObject> ordinary() {
    return SCENES.stream().flatMap(s -> s.objects().stream()).filter(o -> !o.crowd()).toList();
  }

  private static long checksum(Scene scene) {
    CRC32 crc = new CRC32();
    crc.update(scene.pixels());
    return crc.getValue();
  }
}
