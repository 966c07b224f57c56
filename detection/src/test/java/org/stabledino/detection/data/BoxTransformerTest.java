package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.list;
import static org.stabledino.detection.data.TestJson.object;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class BoxTransformerTest {

  @Test
  @Tag("parity")
  void everyRecordedBoxIsEqual() {
    compare(TestTensors.fixture("augment/boxes"));
  }

  @Test
  void everyCommittedBoxIsEqual() {
    compare(TestTensors.resource("augment/boxes"));
  }

  private static void compare(TestTensors recorded) {
    int boxes = 0;
    for (var entry : object(recorded.json().get("cases")).entrySet()) {
      String name = entry.getKey();
      Map<String, Object> about = object(entry.getValue());
      TransformChain chain = chain(about);
      assertThat(new int[] {chain.outHeight(), chain.outWidth()})
          .containsExactly(ints(about.get("final_hw")));
      boolean integer = about.get("input_numbers").toString().startsWith("all integers");
      double[] in = recorded.doubles(name + ".in.boxes_xywh");
      double[] exact = recorded.doubles(name + ".out.boxes_xyxy_f64");
      float[] rounded = recorded.floats(name + ".out.boxes_xyxy");
      byte[] keep = recorded.bytes(name + ".out.keep");
      for (int i = 0; i < keep.length; i++, boxes++) {
        double[] box =
            BoxTransformer.transform(
                in[4 * i], in[4 * i + 1], in[4 * i + 2], in[4 * i + 3], integer, chain);
        BoxTransformer.clip(box, chain.outWidth(), chain.outHeight());
        for (int c = 0; c < 4; c++) {
          assertThat(box[c]).as("%s %d.%d", name, i, c).isEqualTo(exact[4 * i + c]);
          assertThat((float) box[c]).isEqualTo(rounded[4 * i + c]);
        }
        assertThat(
                BoxTransformer.isNonEmpty(
                    (float) box[0], (float) box[1], (float) box[2], (float) box[3]))
            .as("%s %d kept", name, i)
            .isEqualTo(keep[i] != 0);
      }
    }
    assertThat(boxes).isGreaterThan(200);
  }

  private static TransformChain chain(Map<String, Object> about) {
    int[] size = ints(about.get("image_hw"));
    TransformChain.Builder chain = TransformChain.of(size[1], size[0]);
    for (Object step : list(about.get("transforms"))) {
      int[] n = ints(list(step).subList(1, list(step).size()));
      switch (list(step).getFirst().toString()) {
        case "hflip" -> chain.flipHorizontally();
        case "resize" -> chain.resize(new ShortestEdge.Size(n[0], n[1]));
        case "crop" -> chain.crop(n[0], n[1], n[2], n[3]);
        default -> throw new AssertionError(step);
      }
    }
    return chain.build();
  }
}
