package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PolygonsTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100, 1000, 1_000_000_000})
  void everyNumberComesBackBitForBit(int units) {
    Random random = new Random(units);
    for (int round = 0; round < 200; round++) {
      double[][] rings = new double[random.nextInt(4)][];
      for (int r = 0; r < rings.length; r++) {
        rings[r] = new double[random.nextInt(50)];
        for (int i = 0; i < rings[r].length; i++) {
          rings[r][i] = (double) Math.round((random.nextDouble() * 1100 - 100) * units) / units;
        }
      }
      assertThat(Polygons.of(rings).rings()).isDeepEqualTo(rings);
    }
  }

  @Test
  void oddNumbersComeBackToo() {
    double[] odd = {
      -0.0, 1e300, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY, 1 / 3.0, 1e11 + 0.01
    };
    double[][] rings = Polygons.of(odd, new double[] {312.29, 0.1}).rings();
    assertThat(rings[0]).usingElementComparator(Double::compare).containsExactly(odd);
    assertThat(rings[1]).containsExactly(312.29, 0.1);
  }

  @Test
  void aPieceNeedsThreeWholePoints() {
    double[] line = {1, 1, 2, 2};
    double[] half = {1, 1, 2, 2, 3, 1, 4};
    double[] triangle = {1, 1, 2, 2, 3, 1};
    assertThat(Polygons.of(line, half).anyValid()).isFalse();
    assertThat(Polygons.of(line, half).validRings()).isEmpty();
    assertThat(Polygons.of(line, triangle).anyValid()).isTrue();
    assertThat(Polygons.of(line, triangle).validRings()).containsExactly(triangle);
  }
}
