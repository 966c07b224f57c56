package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrayPoolTest {
  private static final int LENGTH = 1 << 12;
  private static final long BYTES = 4L * LENGTH;

  private static ArrayPool pool(long floor) {
    return new ArrayPool(float[]::new, floor);
  }

  @Test
  void handsAnArrayOutAgainToWhoeverWantsASimilarLength() {
    ArrayPool pool = pool(0);
    float[] array = pool.take(LENGTH - 5);
    assertThat(array).hasSize(LENGTH);
    assertThat(pool.takenBytes()).isEqualTo(BYTES);
    pool.give(array);
    assertThat(pool.takenBytes()).isZero();
    assertThat(pool.pooledBytes()).isEqualTo(BYTES);
    assertThat(pool.take(LENGTH)).isSameAs(array);
    assertThat(pool.pooledBytes()).isZero();
    assertThat(pool.freshBytes()).isEqualTo(BYTES);
  }

  @Test
  void roundingWastesAtMostAnEighth() {
    ArrayPool pool = pool(0);
    for (int length = 256; length < 20_000; length += 7) {
      assertThat(pool.take(length).length).isBetween(length, length + length / 8);
    }
  }

  @Test
  void whatIsTakenTwiceIsNotTheSame() {
    ArrayPool pool = pool(0);
    assertThat(pool.take(LENGTH)).isNotSameAs(pool.take(LENGTH));
  }

  @Test
  void anAbandonedArrayIsNeitherTakenNorWaiting() {
    ArrayPool pool = pool(0);
    pool.abandon(pool.take(LENGTH));
    assertThat(pool.takenBytes()).isZero();
    assertThat(pool.pooledBytes()).isZero();
  }

  @Test
  void dropsWhatWasAskedForLongestAgo() {
    ArrayPool pool = pool(0);
    float[] large = pool.take(2 * LENGTH);
    pool.give(large);
    pool.give(pool.take(LENGTH + LENGTH / 2));
    pool.give(pool.take(2 * LENGTH));
    // With 2.25 units taken 4.5 may be held: 2 + 1.5 wait, which is too much beside them.
    pool.take(2 * LENGTH + LENGTH / 4);
    assertThat(pool.pooledBytes()).isEqualTo(2 * BYTES);
    assertThat(pool.take(2 * LENGTH)).isSameAs(large);
  }

  @Test
  void handsOutALongerArrayRatherThanDropAnother() {
    ArrayPool pool = pool(0);
    pool.give(pool.take(2 * LENGTH));
    float[] longer = pool.take(LENGTH + LENGTH / 2);
    pool.give(longer);
    // At most 2 units were taken at a time, so 4 may be held: 2 + 1.5 wait, and 1.25 are too many.
    assertThat(pool.take(LENGTH + LENGTH / 4)).isSameAs(longer);
    assertThat(pool.takenBytes()).isEqualTo(3 * BYTES / 2);
    assertThat(pool.pooledBytes()).isEqualTo(2 * BYTES);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void aPassThroughMoreLengthsThanMayWaitHardlyAllocates(int seed) {
    int[] lengths = new Random(seed).ints(200, 256, 50_000).toArray();
    ArrayPool pool = pool(0);
    long before = 0;
    for (int pass = 0; pass < 20; pass++) {
      before = pool.freshBytes();
      ArrayDeque<float[]> used = new ArrayDeque<>();
      for (int length : lengths) {
        used.add(pool.take(length));
        if (used.size() == 8) {
          pool.give(used.poll());
        }
      }
      used.forEach(pool::give);
    }
    long passed = 4L * Arrays.stream(lengths).sum();
    assertThat(pool.freshBytes() - before).isLessThan(passed / 20);
  }

  @Test
  void shapesOfThePastDoNotPileUp() {
    Random random = new Random(5);
    ArrayPool pool = pool(0);
    long most = 0;
    for (int step = 0; step < 2000; step++) {
      List<float[]> arrays = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        arrays.add(pool.take(256 + random.nextInt(100_000)));
      }
      most = Math.max(most, pool.takenBytes());
      assertThat(pool.takenBytes() + pool.pooledBytes()).isLessThanOrEqualTo(2 * most);
      arrays.forEach(pool::give);
    }
    assertThat(pool.pooledBytes()).isPositive();
  }

  @Test
  void aStepOfTheSameShapesAllocatesOnce() {
    Random random = new Random(6);
    int[] lengths = random.ints(40, 256, 50_000).toArray();
    ArrayPool pool = pool(0);
    long afterFirst = 0;
    for (int step = 0; step < 20; step++) {
      List<float[]> arrays = new ArrayList<>();
      for (int length : lengths) {
        arrays.add(pool.take(length));
      }
      arrays.forEach(pool::give);
      afterFirst = step == 0 ? pool.freshBytes() : afterFirst;
    }
    assertThat(pool.freshBytes()).isEqualTo(afterFirst);
  }

  @Test
  void nothingIsDroppedBelowTheFloor() {
    ArrayPool pool = pool(100 * BYTES);
    for (int i = 1; i < 10; i++) {
      pool.give(pool.take(i * LENGTH));
    }
    assertThat(pool.pooledBytes()).isEqualTo(45 * BYTES);
  }

  /** A heap that is full when it is asked for the second time. */
  private static final class SmallHeap {
    final List<float[]> handedOut = new ArrayList<>();
    int calls;

    float[] allocate(int length) {
      calls++;
      if (calls == 2) {
        throw new OutOfMemoryError("Java heap space");
      }
      handedOut.add(new float[length]);
      return handedOut.getLast();
    }
  }

  @Test
  void aFullHeapIsAnsweredByDroppingAllThatWaits() {
    SmallHeap heap = new SmallHeap();
    ArrayPool pool = new ArrayPool(heap::allocate, Long.MAX_VALUE);
    pool.give(pool.take(LENGTH));
    assertThat(pool.take(2 * LENGTH)).hasSize(2 * LENGTH);
    assertThat(heap.calls).isEqualTo(3);
    assertThat(pool.pooledBytes()).isZero();
    assertThat(pool.takenBytes()).isEqualTo(2 * BYTES);
  }

  @Test
  void aFullHeapIsReportedWhereNothingWaits() {
    SmallHeap heap = new SmallHeap();
    ArrayPool pool = new ArrayPool(heap::allocate, Long.MAX_VALUE);
    pool.take(LENGTH);
    assertThatThrownBy(() -> pool.take(LENGTH)).isInstanceOf(OutOfMemoryError.class);
    assertThat(pool.takenBytes()).isEqualTo(BYTES);
    assertThat(heap.calls).isEqualTo(2);
  }
}
