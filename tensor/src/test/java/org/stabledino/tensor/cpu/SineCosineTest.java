package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SineCosineTest {

  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 1e-3, 1, 7, 100, 9999, 1e5, 3.2e6})
  void agreesWithMath(double range) {
    Random random = new Random(1);
    float[] out = new float[2];
    for (int i = 0; i < 2000; i++) {
      double angle = (float) ((2 * random.nextDouble() - 1) * range);
      SineCosine.write(angle, out, 0);
      assertThat((double) out[0]).isCloseTo(Math.sin(angle), within(7e-8));
      assertThat((double) out[1]).isCloseTo(Math.cos(angle), within(7e-8));
    }
  }
}
