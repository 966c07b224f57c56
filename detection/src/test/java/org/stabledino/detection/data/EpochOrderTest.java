package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** Batches are cut from one long sequence, so most epochs begin inside a batch. */
  @ParameterizedTest
  @CsvSource({
    "41, 4, 3",
    "40, 4, 3",
    "41, 7, 2",
    "50, 16, 3",
    "50, 16, 5",
    "37, 2, 2",
    "16, 8, 1",
    "33, 16, 9"
  })
  void shapesShareBatchesInEveryEpoch(int count, int batchSize, int everyOther) {
    for (int common : new int[] {10, 30}) {
      List<Image> images =
          IntStream.range(0, count)
              .mapToObj(
                  i -> new Image(i, i + ".jpg", i % everyOther == 0 ? 40 - common : common, 20))
              .toList();
      CocoDataset data = new CocoDataset(Path.of("x.json"), images, List.of(), List.of());
      int[] all = IntStream.range(0, count).toArray();
      EpochOrder order = EpochOrder.groupedByShape(data, all, batchSize, 5);
      int epochs = 7;
      int[] mixed = new int[epochs];
      for (long start = 0; start + batchSize <= (long) epochs * count; start += batchSize) {
        long shapes =
            LongStream.range(start, start + batchSize)
                .map(position -> images.get(order.imageAt(position)).width())
                .distinct()
                .count();
        mixed[(int) order.epochAt(start)] += shapes == 1 ? 0 : 1;
      }
      assertThat(Arrays.stream(mixed).max().orElseThrow())
          .as("mixed batches by the epoch they begin in: %s", Arrays.toString(mixed))
          .isLessThanOrEqualTo(1);
      for (int epoch = 0; epoch < epochs; epoch++) {
        assertThat(order.order(epoch)).containsExactlyInAnyOrder(all);
        assertThat(EpochOrder.groupedByShape(data, all, batchSize, 5).order(epoch))
            .as("without the epochs before")
            .isEqualTo(order.order(epoch));
      }
    }
  }

  @Test
  void aBatchLargerThanTheEpochStillHoldsEveryImageOnce() {
    List<Image> images =
        IntStream.range(0, 5)
            .mapToObj(i -> new Image(i, i + ".jpg", i == 0 ? 30 : 10, 20))
            .toList();
    CocoDataset data = new CocoDataset(Path.of("x.json"), images, List.of(), List.of());
    EpochOrder order = EpochOrder.groupedByShape(data, new int[] {0, 1, 2, 3, 4}, 16, 5);
    for (int epoch = 0; epoch < 20; epoch++) {
      assertThat(order.order(epoch)).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
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
