package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.UserException;

@Timeout(30)
final class PrefetchLoaderTest {

  /** Takes longer for some items than for others, in no order. */
  private static long slowly(long position) {
    try {
      Thread.sleep(Duration.ofNanos((position * 7919 % 13) * 50_000));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return position;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 5", "4, 1", "4, 3", "3, 50"})
  void orderDoesNotDependOnTheWorkers(int workers, int ahead) {
    List<Long> got = new ArrayList<>();
    try (var loader = new PrefetchLoader<>(PrefetchLoaderTest::slowly, 17, 97, workers, ahead)) {
      loader.forEachRemaining(got::add);
      assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(loader::next);
    }
    assertThat(got).isEqualTo(LongStream.range(17, 97).boxed().toList());
  }

  @Test
  void whatIsReadyIsSeenWithoutWaiting() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    LongFunction<Long> source =
        position -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          if (position == 1) {
            throw new IllegalArgumentException("bad");
          }
          return position;
        };
    try (var loader = new PrefetchLoader<>(source, 0, 2, 1, 2)) {
      assertThat(loader.ready()).isEmpty();
      go.countDown();
      loader.peek();
      assertThat(loader.ready()).contains(0L);
      assertThat(loader.next()).isZero();
      assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(loader::peek);
      assertThat(loader.ready()).isEmpty();
      assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(loader::next);
      assertThat(loader.ready()).isEmpty();
    }
  }

  @Test
  void runsAheadOnlySoFar() throws InterruptedException {
    AtomicLong made = new AtomicLong();
    CountDownLatch four = new CountDownLatch(4);
    CountDownLatch five = new CountDownLatch(5);
    LongFunction<Long> counting =
        position -> {
          made.incrementAndGet();
          four.countDown();
          five.countDown();
          return position;
        };
    try (var loader = new PrefetchLoader<>(counting, 0, 1000, 3, 4)) {
      four.await();
      Thread.sleep(30);
      assertThat(made).hasValue(4);
      assertThat(loader.next()).isZero();
      five.await();
      Thread.sleep(30);
      assertThat(made).hasValue(5);
    }
  }

  @Test
  void anErrorComesAtItsPlaceAndTheRestGoesOn() {
    LongFunction<Long> failing =
        position -> {
          if (position == 3) {
            throw new UserException("photo3.jpg: is damaged");
          }
          return slowly(position);
        };
    try (var loader = new PrefetchLoader<>(failing, 0, 6, 3, 6)) {
      assertThat(List.of(loader.next(), loader.next(), loader.next())).containsExactly(0L, 1L, 2L);
      assertThatExceptionOfType(UserException.class)
          .isThrownBy(loader::next)
          .withMessage("photo3.jpg: is damaged");
      assertThat(loader.next()).isEqualTo(4);
    }
  }

  @Test
  void anErrorOfTheMachineIsPassedOn() {
    LongFunction<Long> failing =
        _ -> {
          throw new OutOfMemoryError("for the test");
        };
    try (var loader = new PrefetchLoader<>(failing, 0, 2, 1, 1)) {
      assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(loader::next);
    }
  }

  @Test
  void closingLeavesNoThread() {
    var loader = new PrefetchLoader<>(PrefetchLoaderTest::slowly, 0, 1_000_000, 5, 8);
    loader.next();
    loader.close();
    loader.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("prefetch-"));
    assertThatIllegalStateException().isThrownBy(loader::next).withMessageContaining("closed");
  }

  @Test
  void waitingCanBeInterrupted() {
    CountDownLatch hold = new CountDownLatch(1);
    LongFunction<Long> held =
        position -> {
          try {
            hold.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return position;
        };
    try (var loader = new PrefetchLoader<>(held, 0, 2, 1, 1)) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(CancellationException.class).isThrownBy(loader::next);
      assertThat(Thread.interrupted()).isTrue();
      hold.countDown();
      assertThat(loader.next()).isZero();
    }
  }
}
