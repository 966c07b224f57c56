package org.stabledino.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.stabledino.nn.Linear;
import org.stabledino.nn.init.Initializers;
import org.stabledino.tensor.Tensor;

/** The memory of the moving average; the plain form is compared with recordings elsewhere. */
class ExponentialMovingAverageTest {
  private final Linear model = new Linear(3, 2);

  @Test
  void withWarmupTheFirstUpdateForgetsNearlyAllOfTheStart() {
    ExponentialMovingAverage ema = started(0.998);
    fill(1);
    ema.updateWarmingUp(0, null);
    assertThat(weight(ema)).isCloseTo(0.9f, within(1e-6f));
  }

  @Test
  void theMemoryGrowsUpToTheDecayAskedFor() {
    double decay = 0.95;
    ExponentialMovingAverage ema = started(decay);
    double expected = 0;
    for (int n = 0; n < 400; n++) {
      float value = (float) Math.sin(n);
      fill(value);
      ema.updateWarmingUp(n, null);
      double used = Math.min(decay, (1.0 + n) / (10.0 + n));
      expected = used * expected + (1 - used) * value;
      assertThat(weight(ema)).as("after update %d", n).isCloseTo((float) expected, within(1e-5f));
    }
  }

  private ExponentialMovingAverage started(double decay) {
    fill(0);
    return new ExponentialMovingAverage(model, decay);
  }

  private void fill(float value) {
    Initializers.constant(model.weight().data(), value);
  }

  private static float weight(ExponentialMovingAverage ema) {
    Tensor average = ema.state().get("weight");
    return average.floats()[average.offset()];
  }
}
