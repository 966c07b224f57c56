package org.stabledino.detection.boxes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.tensor.BoxPair;
import org.stabledino.tensor.Tensor;

/** IoU, GIoU, its gradient and the conversions of the published box operations. */
@Tag("parity")
class BoxOpsParityTest {
  private static final String RECORDING = "ops/box_ops";

  @Test
  void iouAndUnion() {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      List<String> cases =
          fixture.caseNames().stream().filter(name -> name.endsWith("_iou")).toList();
      assertThat(cases).isNotEmpty();
      for (String name : cases) {
        float[] first = fixture.tensor(name + ".in.boxes1").toFloats();
        float[] second = fixture.tensor(name + ".in.boxes2").toFloats();
        Tensor expected = fixture.tensor(name + ".out.iou");
        float[] iou = new float[expected.size()];
        float[] union = new float[expected.size()];
        BoxPair pair = new BoxPair();
        int at = 0;
        for (int i = 0; i < first.length; i += 4) {
          for (int j = 0; j < second.length; j += 4, at++) {
            pair.set(first, i, second, j);
            iou[at] = (float) pair.iou();
            union[at] = (float) pair.union();
          }
        }
        near(fixture, name + ".out.iou", iou);
        near(fixture, name + ".out.union", union);
      }
    }
  }

  @Test
  void giouAndItsGradient() {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      for (String name :
          fixture.caseNames().stream().filter(name -> name.endsWith("_giou")).toList()) {
        float[] first = fixture.tensor(name + ".in.boxes1").toFloats();
        float[] second = fixture.tensor(name + ".in.boxes2").toFloats();
        float[] gradOut = fixture.tensor(name + ".gout").toFloats();
        float[] giou = new float[gradOut.length];
        float[] grad1 = new float[first.length];
        float[] grad2 = new float[second.length];
        BoxPair pair = new BoxPair();
        int at = 0;
        for (int i = 0; i < first.length; i += 4) {
          for (int j = 0; j < second.length; j += 4, at++) {
            pair.set(first, i, second, j);
            giou[at] = (float) pair.giou();
            pair.addGiouGradient(gradOut[at], grad1, i);
            pair.set(second, j, first, i);
            pair.addGiouGradient(gradOut[at], grad2, j);
          }
        }
        near(fixture, name + ".out", giou);
        near(fixture, name + ".grad.boxes1", grad1);
        near(fixture, name + ".grad.boxes2", grad2);
      }
    }
  }

  @Test
  void degenerateBoxes() {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      float[] first = fixture.tensor("degenerate.in.boxes1").toFloats();
      float[] second = fixture.tensor("degenerate.in.boxes2").toFloats();
      float[] iou = new float[first.length / 4 * (second.length / 4)];
      float[] giou = new float[iou.length];
      BoxPair pair = new BoxPair();
      int at = 0;
      for (int i = 0; i < first.length; i += 4) {
        for (int j = 0; j < second.length; j += 4, at++) {
          pair.set(first, i, second, j);
          iou[at] = (float) pair.iou();
          giou[at] = (float) pair.giou();
        }
      }
      near(fixture, "degenerate.out.iou", iou);
      near(fixture, "degenerate.out.giou", giou);
    }
  }

  @Test
  void conversions() {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      float[] boxes = fixture.tensor("convert.in.boxes").toFloats();
      near(fixture, "convert.out.xyxy", BoxOps.toXyxy(boxes));
      near(fixture, "convert.out.cxcywh", BoxOps.toCxcywh(boxes));
    }
  }

  private static void near(Fixture fixture, String name, float[] actual) {
    Tensor expected = fixture.tensor(name);
    Close.check(name, expected, Tensor.of(actual, expected.shape().dims()), 1e-5, 1e-6);
  }
}
