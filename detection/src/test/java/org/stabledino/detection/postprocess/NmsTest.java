package org.stabledino.detection.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.testing.RecordedJson;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;

class NmsTest {

  @Test
  @Tag("parity")
  void equalsTheReferenceOnEveryRecordedCase() {
    try (Fixture recorded = Fixtures.open("ops/inference_nms")) {
      Json cases = recorded.json().get("cases");
      int k = 0;
      for (; recorded.has("nms" + k + ".keep"); k++) {
        String name = "nms" + k;
        float[] scores = recorded.tensor(name + ".scores").toFloats();
        int[] kept =
            Nms.keep(
                recorded.tensor(name + ".boxes_xyxy").toFloats(),
                scores,
                recorded.indices(name + ".labels").ints(),
                scores.length,
                cases.get(name).get("threshold").number());
        assertThat(kept).as(name).isEqualTo(recorded.indices(name + ".keep").ints());
      }
      assertThat(k).isPositive();
    }
  }

  @Test
  void equalsTheReferenceOnTheCommittedCases() {
    for (RecordedJson c : RecordedJson.resource("/ops/nms.json").list()) {
      float[] scores = floats(c.get("scores"));
      int[] kept =
          Nms.keep(
              floats(c.get("boxes")),
              scores,
              c.get("labels").ints(),
              scores.length,
              c.get("threshold").asDouble());
      assertThat(kept).as(c.get("name").asString()).isEqualTo(c.get("keep").ints());
    }
  }

  private static float[] floats(RecordedJson json) {
    double[] wide = json.doubles();
    float[] values = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      values[i] = (float) wide[i];
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17, 120, 400})
  void keepsExactlyTheBoxesThatNoKeptBoxOfTheirClassCovers(int count) {
    SplittableRandom random = new SplittableRandom(count);
    float[] boxes = new float[4 * count];
    float[] scores = new float[count];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      // Whole coordinates are exact under the shift by class, so that the plain rule decides alike.
      boxes[4 * i] = random.nextInt(30);
      boxes[4 * i + 1] = random.nextInt(30);
      boxes[4 * i + 2] = boxes[4 * i] + 1 + random.nextInt(30);
      boxes[4 * i + 3] = boxes[4 * i + 1] + 1 + random.nextInt(30);
      scores[i] = random.nextInt(12) / 12f;
      labels[i] = random.nextInt(3);
    }
    int[] kept = Nms.keep(boxes, scores, labels, count, 0.5);
    assertThat(kept).containsExactly(plain(boxes, scores, labels, count, 0.5));
  }

  /** The definition, word by word. */
  private static int[] plain(
      float[] boxes, float[] scores, int[] labels, int count, double threshold) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(i);
    }
    order.sort((a, b) -> Float.compare(scores[b], scores[a]));
    List<Integer> kept = new ArrayList<>();
    for (int i : order) {
      if (kept.stream().noneMatch(k -> labels[k] == labels[i] && iou(boxes, k, i) > threshold)) {
        kept.add(i);
      }
    }
    return kept.stream().mapToInt(Integer::intValue).toArray();
  }

  private static float iou(float[] boxes, int i, int j) {
    int a = 4 * i;
    int b = 4 * j;
    float w = Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b]);
    float h = Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1]);
    float common = Math.max(0, w) * Math.max(0, h);
    float areaA = (boxes[a + 2] - boxes[a]) * (boxes[a + 3] - boxes[a + 1]);
    float areaB = (boxes[b + 2] - boxes[b]) * (boxes[b + 3] - boxes[b + 1]);
    return common / (areaA + areaB - common);
  }

  @Test
  void anOverlapOfExactlyTheThresholdSurvives() {
    float[] boxes = {0, 0, 2, 1, 0, 0, 1, 1};
    float[] scores = {0.9f, 0.8f};
    assertThat(Nms.keep(boxes, scores, new int[2], 2, 0.5)).containsExactly(0, 1);
    assertThat(Nms.keep(boxes, scores, new int[2], 2, 0.49)).containsExactly(0);
  }

  @Test
  void equalScoresKeepTheirOrderAndClassesDoNotMeet() {
    float[] boxes = {0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4};
    float[] scores = {0f, 0.5f, -0f};
    assertThat(Nms.keep(boxes, scores, new int[] {1, 0, 2}, 3, 0.5)).containsExactly(1, 0, 2);
    assertThat(Nms.keep(boxes, scores, new int[] {1, 0, 1}, 3, 0.5)).containsExactly(1, 0);
  }

  @Test
  void nothingComesFromNothingAndLabelsStartAtZero() {
    assertThat(Nms.keep(new float[0], new float[0], new int[0], 0, 0.8)).isEmpty();
    assertThatThrownBy(() -> Nms.keep(new float[4], new float[1], new int[] {-1}, 1, 0.8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("label -1");
  }
}
