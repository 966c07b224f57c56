package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ParallelTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyItemRunsOnce(int threads) {
    Parallel parallel = new Parallel(threads);
    SplittableRandom random = new SplittableRandom(threads);
    for (int round = 0; round < 300; round++) {
      int items = random.nextInt(200);
      int grain = 1 + random.nextInt(30);
      AtomicIntegerArray seen = new AtomicIntegerArray(items);
      parallel.run(
          items,
          grain,
          (from, end) -> {
            assertThat(from % grain).isZero();
            assertThat(end).isEqualTo(Math.min(items, from + grain));
            for (int i = from; i < end; i++) {
              seen.incrementAndGet(i);
            }
          });
      for (int i = 0; i < items; i++) {
        assertThat(seen.get(i)).isOne();
      }
    }
    parallel.shutdown();
  }

  /** Pauses let workers park at every possible moment before the next region begins. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void regionsThatMeetParkingWorkersFinish(int threads) throws InterruptedException {
    Parallel parallel = new Parallel(threads);
    SplittableRandom random = new SplittableRandom(threads);
    AtomicInteger sum = new AtomicInteger();
    int expected = 0;
    for (int round = 0; round < 2000; round++) {
      long until = System.nanoTime() + random.nextInt(200_000);
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      if (round % 200 == 0) {
        Thread.sleep(2);
      }
      parallel.run(8, 1, (from, _) -> sum.addAndGet(from));
      expected += 28;
    }
    assertThat(sum).hasValue(expected);
    parallel.shutdown();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void failuresArriveAndThePoolLivesOn(int threads) {
    Parallel parallel = new Parallel(threads);
    for (int bad = 0; bad < 20; bad++) {
      int culprit = bad;
      assertThatThrownBy(
              () ->
                  parallel.run(
                      20,
                      1,
                      (from, _) -> {
                        if (from == culprit) {
                          throw new IllegalStateException("chunk " + from);
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("chunk " + culprit);
      AtomicInteger count = new AtomicInteger();
      parallel.run(20, 1, (_, _) -> count.incrementAndGet());
      assertThat(count).hasValue(20);
    }
    assertThatThrownBy(
            () ->
                parallel.run(
                    4,
                    1,
                    (_, _) -> {
                      throw new AssertionError("error");
                    }))
        .isInstanceOf(AssertionError.class);
    parallel.shutdown();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void nestedRegionsRunInTheirTask(int threads) {
    Parallel parallel = new Parallel(threads);
    AtomicInteger count = new AtomicInteger();
    parallel.run(
        10,
        1,
        (_, _) -> {
          Thread outer = Thread.currentThread();
          parallel.run(
              10,
              1,
              (_, _) -> {
                assertThat(Thread.currentThread()).isSameAs(outer);
                count.incrementAndGet();
              });
        });
    assertThat(count).hasValue(100);
    parallel.shutdown();
  }

  @Test
  void callersFromSeveralThreadsDoNotDisturbEachOther() throws InterruptedException {
    Parallel parallel = new Parallel(3);
    AtomicInteger count = new AtomicInteger();
    Thread[] callers = new Thread[4];
    for (int i = 0; i < callers.length; i++) {
      callers[i] =
          new Thread(
              () -> {
                for (int round = 0; round < 500; round++) {
                  parallel.run(16, 1, (_, _) -> count.incrementAndGet());
                }
              });
      callers[i].start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(count).hasValue(4 * 500 * 16);
    parallel.shutdown();
  }
}
