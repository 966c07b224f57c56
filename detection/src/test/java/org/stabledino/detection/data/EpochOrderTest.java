package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.stabledino.detection.data.CocoDataset.Image;

final class EpochOrderTest {
  private static final int[] IMAGES = IntStream.range(0, 50).map(i -> 3 * i).toArray();

  @Test
  void eachEpochHoldsEveryImageOnceInAnOrderOfItsOwn() {
    EpochOrder order = EpochOrder.shuffled(IMAGES, 7);
    assertThat(order.order(0)).containsExactlyInAnyOrder(IMAGES).isNotEqualTo(IMAGES);
    assertThat(order.order(1)).containsExactlyInAnyOrder(IMAGES).isNotEqualTo(order.order(0));
    assertThat(EpochOrder.shuffled(IMAGES, 8).order(0)).isNotEqualTo(order.order(0));
    assertThat(EpochOrder.shuffled(IMAGES, 7).order(1)).isEqualTo(order.order(1));
  }

  @Test
  void aPositionMeansTheSameWhereverOneStarts() {
    EpochOrder order = EpochOrder.shuffled(IMAGES, 7);
    int[] third = order.order(3);
    for (long position = 199; position >= 150; position--) {
      assertThat(EpochOrder.shuffled(IMAGES, 7).imageAt(position))
          .isEqualTo(order.imageAt(position))
          .isEqualTo(third[(int) position - 150]);
    }
    assertThat(order.epochAt(149)).isEqualTo(2);
  }

  @Test
  void shapesShareBatchesUpToTheRest() {
    List<Image> images =
        IntStream.range(0, 41)
            .mapToObj(i -> new Image(i, i + ".jpg", i % 3 == 0 ? 30 : 10, 20))
            .toList();
    CocoDataset data = new CocoDataset(Path.of("x.json"), images, List.of(), List.of());
    int[] all = IntStream.range(0, 41).toArray();
    EpochOrder order = EpochOrder.groupedByShape(data, all, 4, 5);
    int[] epoch = order.order(2);
    assertThat(epoch).containsExactlyInAnyOrder(all);
    // 14 wide and 27 upright images: 3 and 6 full batches, 2 + 3 left over.
    for (int batch = 0; batch < 9; batch++) {
      assertThat(
              Arrays.stream(epoch, 4 * batch, 4 * batch + 4).mapToObj(i -> i % 3 == 0).distinct())
          .as("batch %d", batch)
          .hasSize(1);
    }
  }

  /** The frequencies of 20,000 draws; the bounds are seven standard deviations wide. */
  @Test
  void drawsAreSpreadEvenly() {
    CounterRandom random = new CounterRandom(1, 2, 3);
    int[] counts = new int[10];
    double sum = 0;
    for (int i = 0; i < 20_000; i++) {
      counts[random.integer(-5, 5) + 5]++;
      sum += random.uniform();
    }
    assertThat(Arrays.stream(counts)).allMatch(n -> Math.abs(n - 2000) < 300);
    assertThat(sum / 20_000).isBetween(0.485, 0.515);
  }

  @Test
  void neighbouringKeysGiveUnrelatedSequences() {
    long[] first =
        IntStream.range(0, 3000)
            .mapToLong(i -> new CounterRandom(i / 100, i / 10 % 10, i % 10).bits())
            .toArray();
    assertThat(Arrays.stream(first).distinct().count()).isEqualTo(3000);
    double bits = Arrays.stream(first).map(Long::bitCount).average().orElseThrow();
    assertThat(bits).isBetween(31.5, 32.5);
  }
}
