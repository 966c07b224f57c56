package org.stabledino.detection.postprocess;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Tensor;

/** The published post-processing, at the network's and at the original size. */
@Tag("parity")
class PostProcessorParityTest {

  @ParameterizedTest
  @CsvSource({"infer0, raw, 1", "infer0, nms0.8, 0.8", "infer1, raw, 1", "infer1, nms0.8, 0.8"})
  void detections(String name, String kind, double threshold) {
    try (Fixture fixture = Fixtures.open("ops/inference_nms")) {
      Json json = fixture.json().get("cases").get(name);
      int[][] sizes = sizes(json.get("image_sizes"));
      int[][] originals = sizes(json.get("original_sizes"));
      List<Detections> found =
          new PostProcessor(json.get("select").integer(), threshold, 0)
              .detect(
                  fixture.tensor(name + ".pred_logits"),
                  fixture.tensor(name + ".pred_boxes"),
                  sizes[0],
                  sizes[1]);
      for (int image = 0; image < found.size(); image++) {
        String prefix = name + "." + kind + "." + image + ".";
        // Recorded after the scaling to the original size, which happens in place there.
        float byX = (float) originals[1][image] / sizes[1][image];
        float byY = (float) originals[0][image] / sizes[0][image];
        check(fixture, prefix, "", scale(found.get(image), byX, byY));
        Detections scaled =
            PostProcessor.toOriginal(
                found.get(image),
                sizes[0][image],
                sizes[1][image],
                originals[0][image],
                originals[1][image]);
        check(fixture, prefix, "final_", scaled);
      }
    }
  }

  private static Detections scale(Detections detections, float byX, float byY) {
    float[] boxes = detections.boxesXyxy().clone();
    for (int i = 0; i < boxes.length; i++) {
      boxes[i] *= (i & 1) == 0 ? byX : byY;
    }
    return new Detections(detections.scores(), detections.labels(), boxes);
  }

  /** Heights and widths. */
  private static int[][] sizes(Json json) {
    int[][] sizes = new int[2][json.size()];
    for (int image = 0; image < json.size(); image++) {
      sizes[0][image] = json.get(image).get(0).integer();
      sizes[1][image] = json.get(image).get(1).integer();
    }
    return sizes;
  }

  private static void check(Fixture fixture, String prefix, String kind, Detections actual) {
    Tensor scores = fixture.tensor(prefix + kind + "scores");
    assertThat(actual.count()).isEqualTo(scores.size());
    Close.check(prefix, scores, Tensor.of(actual.scores(), actual.count()), 1e-6, 0);
    assertThat(actual.labels()).isEqualTo(fixture.indices(prefix + kind + "labels").ints());
    Close.check(
        prefix,
        fixture.tensor(prefix + kind + "boxes"),
        Tensor.of(actual.boxesXyxy(), actual.count(), 4),
        1e-6,
        1e-6);
  }
}
