package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.data.CocoDataset.Annotation;

final class RleTest {

  @Test
  void runsGoDownTheColumnsAndStartOutside() {
    byte[] mask = {
      1, 0, 1, //
      1, 0, 0
    };
    Rle rle = Rle.encode(mask, 2, 3);
    assertThat(rle.counts()).containsExactly(0, 2, 2, 1, 1);
    assertThat(rle.area()).isEqualTo(3);
    assertThat(rle.decode()).containsExactly(mask);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyFormHoldsTheSameMask(int seed) {
    Random random = new Random(seed);
    int height = 1 + random.nextInt(70);
    int width = 1 + random.nextInt(70);
    double stay = random.nextDouble();
    byte[] mask = new byte[height * width];
    byte pixel = (byte) random.nextInt(2);
    for (int i = 0; i < mask.length; i++) {
      pixel = (byte) (random.nextDouble() < stay ? pixel : 1 - pixel);
      mask[i] = pixel;
    }
    Rle rle = Rle.encode(mask, height, width);
    Rle parsed = Rle.parse(height, width, rle.pack());
    assertThat(parsed.counts()).containsExactly(rle.counts());
    assertThat(parsed.decode()).containsExactly(mask);
    int area = 0;
    for (byte b : mask) {
      area += b;
    }
    assertThat(rle.area()).isEqualTo(area);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void unionAndIntersectionAreThoseOfThePixels(int seed) {
    Random random = new Random(seed);
    int height = 1 + random.nextInt(20);
    int width = 1 + random.nextInt(20);
    byte[][] masks = new byte[2][height * width];
    int[] both = new int[1];
    byte[] either = new byte[height * width];
    for (int i = 0; i < either.length; i++) {
      masks[0][i] = (byte) (random.nextInt(seed) == 0 ? 1 : 0);
      masks[1][i] = (byte) random.nextInt(2);
      both[0] += masks[0][i] & masks[1][i];
      either[i] = (byte) (masks[0][i] | masks[1][i]);
    }
    Rle first = Rle.encode(masks[0], height, width);
    Rle second = Rle.encode(masks[1], height, width);
    assertThat(first.union(second).counts())
        .containsExactly(Rle.encode(either, height, width).counts());
    assertThat(first.intersection(second)).isEqualTo(both[0]);
    assertThat(second.intersection(first)).isEqualTo(both[0]);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> first.union(new Rle(height, width + 1, new int[] {height * width + height})))
        .withMessageContaining("masks of");
  }

  /** Expected text worked out by hand from COCO's definition. */
  @Test
  void packsAsCocoDoes() {
    assertThat(new Rle(1, 40, new int[] {40}).pack()).isEqualTo("X1");
    assertThat(new Rle(1, 31, new int[] {5, 3, 20, 1, 2}).pack()).isEqualTo("53d0N^O");
    assertThat(Rle.parse(1, 31, "53d0N^O").counts()).containsExactly(5, 3, 20, 1, 2);
  }

  @ParameterizedTest
  @CsvSource({"5, add up", "53d0N^, damaged", "53 d, damaged", "5H, out of range"})
  void refusesDamagedText(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rle.parse(1, 31, text))
        .withMessageContaining(message);
  }

  @Test
  void realCrowdsSurvivePacking() {
    Path file = Path.of(System.getProperty("photos"), "coco_tiny/annotations/instances_val.json");
    assumeThat(file).as("the shared photos are absent").exists();
    assertThat(CocoDataset.read(file).annotations().stream().filter(Annotation::crowd))
        .hasSize(5)
        .allSatisfy(
            crowd -> {
              Rle rle = (Rle) crowd.segmentation();
              // COCO's areas of crowds are rounded in ways of their own; these two are exact.
              if (crowd.imageId() == 5001 || crowd.imageId() == 357888) {
                assertThat((double) rle.area()).isEqualTo(crowd.area());
              }
              assertThat(Rle.parse(rle.height(), rle.width(), rle.pack()).counts())
                  .containsExactly(rle.counts());
            });
  }
}
