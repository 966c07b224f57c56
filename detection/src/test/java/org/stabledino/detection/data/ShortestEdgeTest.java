package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class ShortestEdgeTest {

  @Test
  @Tag("parity")
  void bothRulesGiveTheRecordedSizes() {
    compare(TestTensors.fixture("augment/resize_shortest_edge"));
  }

  @Test
  void bothRulesGiveTheCommittedSizes() {
    compare(TestTensors.resource("augment/resize_shortest_edge"));
  }

  private static void compare(TestTensors recorded) {
    long[] in = recorded.longs("hw_short_max");
    long[] detectron2 = recorded.longs("detectron2_hw");
    long[] detr = recorded.longs("detr_hw");
    assertThat(in).hasSize(4 * 300);
    for (int row = 0; row < 300; row++) {
      int h = (int) in[4 * row];
      int w = (int) in[4 * row + 1];
      int shortest = (int) in[4 * row + 2];
      int longest = (int) in[4 * row + 3];
      assertThat(ShortestEdge.DETECTRON2.of(h, w, shortest, longest))
          .as("detectron2 %d x %d to %d, %d", h, w, shortest, longest)
          .isEqualTo(
              new ShortestEdge.Size((int) detectron2[2 * row], (int) detectron2[2 * row + 1]));
      assertThat(ShortestEdge.DETR.of(h, w, shortest, longest))
          .as("detr %d x %d to %d, %d", h, w, shortest, longest)
          .isEqualTo(new ShortestEdge.Size((int) detr[2 * row], (int) detr[2 * row + 1]));
    }
  }
}
