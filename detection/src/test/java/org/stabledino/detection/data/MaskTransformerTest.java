package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.list;
import static org.stabledino.detection.data.TestJson.object;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Polygons and run lengths under fixed transforms, against the reference's. */
final class MaskTransformerTest {

  @Test
  @Tag("parity")
  void everyRecordedMaskIsEqual() {
    compare(TestTensors.fixture("augment/masks"), 9);
  }

  @Test
  void everyCommittedMaskIsEqual() {
    compare(TestTensors.resource("augment/masks"), 2);
  }

  private static void compare(TestTensors recorded, int count) {
    List<Polygons> instances = instances(recorded);
    List<Rle> crowds =
        list(recorded.json().get("rle_counts")).stream()
            .map(counts -> new Rle(100, 100, ints(counts)))
            .toList();
    compareBits(crowds, recorded.bytes("in.rle_masks_packed"), "input");
    Map<String, Object> cases = object(recorded.json().get("cases"));
    assertThat(cases).hasSize(count);
    cases.forEach(
        (name, about) -> {
          TransformChain chain = chain(list(object(about).get("transforms")));
          int height = ints(object(about).get("final_hw"))[0];
          int width = ints(object(about).get("final_hw"))[1];
          assertThat(chain.outHeight()).as(name).isEqualTo(height);
          assertThat(chain.outWidth()).as(name).isEqualTo(width);
          List<Segmentation> moved =
              instances.stream().map(i -> MaskTransformer.transform(i, chain)).toList();
          if (recorded.has(name + ".out.polygons")) {
            comparePoints(moved, recorded.doubles(name + ".out.polygons"), name);
          }
          List<Rle> masks = moved.stream().map(m -> m.rasterise(height, width)).toList();
          assertThat(masks.stream().mapToInt(m -> (int) m.area()).toArray())
              .as(name)
              .containsExactly(ints(object(about).get("mask_areas")));
          compareBits(masks, recorded.bytes(name + ".out.masks_packed"), name);
          compareBoxes(moved, recorded, name, "polygon");
          compareBoxes(masks, recorded, name, "bitmask");
          // Where the frame reaches beyond the image, the reference fills masks with 255, so that
          // the padding counts as object; here it is outside. No mask of a real object differs,
          // since only crowds are run lengths, and crowds are not learnt.
          boolean padded = name.equals("lsj_down");
          List<Rle> moving =
              crowds.stream()
                  .map(crowd -> (Rle) MaskTransformer.transform(crowd, chain))
                  .map(crowd -> padded ? withPadding(crowd, 57, 57) : crowd)
                  .toList();
          compareBits(moving, recorded.bytes(name + ".out.rle_masks_packed"), name);
          float[] boxes = recorded.floats(name + ".out.rle_boxes_xyxy");
          for (int i = 0; i < moving.size(); i++) {
            assertThat(MaskTransformer.box(moving.get(i)))
                .containsExactly(Arrays.copyOfRange(boxes, 4 * i, 4 * i + 4));
          }
        });
  }

  private static List<Polygons> instances(TestTensors recorded) {
    double[] points = recorded.doubles("in.polygons");
    long[] lengths = recorded.longs("in.polygon_points");
    List<Polygons> instances = new ArrayList<>();
    int at = 0;
    int polygon = 0;
    for (long pieces : recorded.longs("in.instance_polygons")) {
      double[][] rings = new double[(int) pieces][];
      for (int i = 0; i < rings.length; i++) {
        int end = at + 2 * (int) lengths[polygon++];
        rings[i] = Arrays.copyOfRange(points, at, end);
        at = end;
      }
      instances.add(Polygons.of(rings));
    }
    assertThat(at).isEqualTo(points.length);
    return instances;
  }

  private static TransformChain chain(List<?> steps) {
    TransformChain.Builder chain = TransformChain.of(100, 100);
    for (Object step : steps) {
      int[] n = ints(list(step).subList(1, list(step).size()));
      switch (list(step).getFirst().toString()) {
        case "hflip" -> chain.flipHorizontally();
        case "resize" -> chain.resize(new ShortestEdge.Size(n[0], n[1]));
        case "crop" -> chain.crop(n[0], n[1], n[2], n[3]);
        case "crop_fixed" -> chain.window(n[0], n[1], n[2], n[3]);
        default -> throw new AssertionError(step);
      }
    }
    return chain.build();
  }

  private static void comparePoints(List<Segmentation> moved, double[] expected, String name) {
    double[] points =
        moved.stream()
            .flatMap(m -> Arrays.stream(((Polygons) m).rings()))
            .flatMapToDouble(Arrays::stream)
            .toArray();
    assertThat(points).as(name).containsExactly(expected);
  }

  private static void compareBoxes(
      List<? extends Segmentation> masks, TestTensors recorded, String name, String kind) {
    float[] boxes = recorded.floats(name + ".out." + kind + "_boxes_xyxy");
    byte[] keep = recorded.bytes(name + ".out.keep_" + kind);
    for (int i = 0; i < masks.size(); i++) {
      float[] box = MaskTransformer.box(masks.get(i));
      assertThat(box)
          .as("%s %s %d", name, kind, i)
          .containsExactly(Arrays.copyOfRange(boxes, 4 * i, 4 * i + 4));
      assertThat(BoxTransformer.isNonEmpty(box[0], box[1], box[2], box[3])).isEqualTo(keep[i] != 0);
    }
  }

  /** Masks one after the other, row by row, eight pixels a byte, lowest bit first. */
  static void compareBits(List<Rle> masks, byte[] packed, String name) {
    byte[] actual = new byte[packed.length];
    int bit = 0;
    for (Rle mask : masks) {
      for (byte pixel : mask.decode()) {
        actual[bit >> 3] |= (byte) (pixel << (bit & 7));
        bit++;
      }
    }
    assertThat((bit + 7) / 8).as(name).isEqualTo(packed.length);
    assertThat(actual).as(name).isEqualTo(packed);
  }

  /** The mask with everything beyond an image's height and width set, where it must be clear. */
  private static Rle withPadding(Rle mask, int height, int width) {
    byte[] pixels = mask.decode();
    for (int i = 0; i < pixels.length; i++) {
      if (i / mask.width() >= height || i % mask.width() >= width) {
        assertThat(pixels[i]).isZero();
        pixels[i] = 1;
      }
    }
    return Rle.encode(pixels, mask.height(), mask.width());
  }

  @Test
  void refusesWhatIsNoMaskOfTheImage() {
    TransformChain chain = TransformChain.of(4, 3).flipHorizontally().build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaskTransformer.transform(Segmentation.ABSENT, chain))
        .withMessage("there is no mask");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaskTransformer.transform(new Rle(4, 3, new int[] {12}), chain))
        .withMessageContaining("the mask has 3 x 4 pixels, the image 4 x 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Polygons.of(new double[] {0, 0, 1e9, 0, 0, 1e9}).rasterise(10, 10))
        .withMessageContaining("more than 100,000 pixels from the image");
  }

  @Test
  void flipsBothWaysAndPacksBack() {
    Rle mask = new Rle(2, 3, new int[] {1, 2, 3});
    TransformChain both = TransformChain.of(3, 2).flipHorizontally().flipVertically().build();
    Rle moved = (Rle) MaskTransformer.transform(mask, both);
    assertThat(moved.decode()).containsExactly(0, 0, 1, 0, 1, 0);
    assertThat(MaskTransformer.transform(new Segmentation.CompressedRle(2, 3, mask.pack()), both))
        .usingRecursiveComparison()
        .isEqualTo(moved);
  }
}
