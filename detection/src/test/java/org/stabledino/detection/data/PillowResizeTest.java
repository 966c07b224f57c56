package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.object;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.tensor.Tensor;

final class PillowResizeTest {

  @Test
  @Tag("parity")
  void everyRecordedResizeIsEqualByteForByte() {
    TestTensors recorded = TestTensors.fixture("augment/resize");
    int compared = 0;
    for (var entry : object(recorded.json().get("cases")).entrySet()) {
      String name = entry.getKey();
      int[] from = ints(object(entry.getValue()).get("from_hw"));
      int[] to = ints(object(entry.getValue()).get("to_hw"));
      compared++;
      if (name.startsWith("float_")) {
        compareFloats(recorded, name, from, to);
        continue;
      }
      byte[] in = recorded.bytes(name + ".in");
      byte[] expected = recorded.bytes(name + ".out");
      if (object(entry.getValue()).get("method").equals("nearest")) {
        byte[] out = PillowResize.nearest(in, from[1], from[0], to[1], to[0]);
        assertThat(out).as(name).isEqualTo(expected);
      } else {
        boolean grey = in.length == from[0] * from[1];
        RgbImage image = new RgbImage(from[1], from[0], grey ? threefold(in) : in);
        assertThat(PillowResize.bilinear(image, to[1], to[0]).rgb())
            .as(name)
            .isEqualTo(grey ? threefold(expected) : expected);
      }
    }
    assertThat(compared).isEqualTo(31);
  }

  /** The reference resizes arrays of floats by another library, whose rule is an op here. */
  private static void compareFloats(TestTensors recorded, String name, int[] from, int[] to) {
    double[] in = recorded.doubles(name + ".in");
    float[] values = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      values[i] = (float) in[i];
    }
    Variable map = Variable.constant(Tensor.of(values, 1, from[0], from[1], 1));
    float[] out = Ops.resizeNearest(map, to[0], to[1]).data().toFloats();
    double[] expected = recorded.doubles(name + ".out");
    assertThat(out).hasSameSizeAs(expected);
    for (int i = 0; i < out.length; i++) {
      assertThat(out[i]).as("%s %d", name, i).isEqualTo((float) expected[i]);
    }
  }

  private static byte[] threefold(byte[] grey) {
    byte[] rgb = new byte[3 * grey.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = grey[i / 3];
    }
    return rgb;
  }

  @Test
  void keepsAFlatImageFlatAndTheSameSizeUntouched() {
    byte[] grey = new byte[3 * 13 * 7];
    Arrays.fill(grey, (byte) 200);
    RgbImage image = new RgbImage(13, 7, grey);
    assertThat(PillowResize.bilinear(image, 13, 7)).isSameAs(image);
    assertThat(PillowResize.bilinear(image, 29, 3).rgb()).containsOnly((byte) 200);
  }

  /** Weights worked out by hand: halving averages 1:3:3:1 inside, 3:3:1 at the border. */
  @Test
  void halvingIsATriangle() {
    RgbImage row = new RgbImage(4, 1, new byte[] {8, 0, 0, 16, 0, 0, 24, 0, 0, 80, 0, 0});
    byte[] half = PillowResize.bilinear(row, 2, 1).rgb();
    assertThat(half[0]).isEqualTo((byte) Math.round((3 * 8 + 3 * 16 + 24) / 7.0));
    assertThat(half[3]).isEqualTo((byte) Math.round((16 + 3 * 24 + 3 * 80) / 7.0));
  }
}
