package org.stabledino.cuda;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/**
 * The kernels whose threads meet, with threads and blocks in other orders; the other tests run them
 * in ascending order.
 */
class ThreadScheduleTest {

  @Nested
  class AttentionInReverse extends CudaAttentionTest {
    @BeforeEach
    void reverse() {
      order(StandIn.Schedule.REVERSE);
    }
  }

  @Nested
  class AttentionShuffled extends CudaAttentionTest {
    @BeforeEach
    void shuffle() {
      order(StandIn.Schedule.SHUFFLED);
    }
  }

  @Nested
  class IndexingInReverse extends CudaIndexingTest {
    @BeforeEach
    void reverse() {
      order(StandIn.Schedule.REVERSE);
    }
  }

  @Nested
  class IndexingShuffled extends CudaIndexingTest {
    @BeforeEach
    void shuffle() {
      order(StandIn.Schedule.SHUFFLED);
    }
  }

  @Nested
  class NormalizationInReverse extends CudaNormalizationTest {
    @BeforeEach
    void reverse() {
      order(StandIn.Schedule.REVERSE);
    }
  }

  @Nested
  class NormalizationShuffled extends CudaNormalizationTest {
    @BeforeEach
    void shuffle() {
      order(StandIn.Schedule.SHUFFLED);
    }
  }

  @Nested
  class LossesInReverse extends CudaLossesTest {
    @BeforeEach
    void reverse() {
      order(StandIn.Schedule.REVERSE);
    }
  }

  @Nested
  class LossesShuffled extends CudaLossesTest {
    @BeforeEach
    void shuffle() {
      order(StandIn.Schedule.SHUFFLED);
    }
  }

  @Nested
  class ConvolutionShuffled extends CudaConvolutionTest {
    @BeforeEach
    void shuffle() {
      order(StandIn.Schedule.SHUFFLED);
    }
  }

  @AfterEach
  void forward() {
    order(StandIn.Schedule.FORWARD);
  }

  private static void order(StandIn.Schedule schedule) {
    OnStandIn.blas();
    StandIn.schedule(schedule);
  }
}
