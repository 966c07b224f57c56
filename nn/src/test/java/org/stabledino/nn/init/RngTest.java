package org.stabledino.nn.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.Tensor;

class RngTest {

  @Test
  void bitsArePinned() {
    // Runs recorded in checkpoints depend on these: a change here breaks every resume.
    Rng rng = Rng.of(60).child("weight").child(5);
    assertThat(rng.bits(0)).isEqualTo(-8066858942121525540L);
    assertThat(rng.bits(1_000_000_007L)).isEqualTo(-7176754822803338447L);
    assertThat(rng.normal(3)).isEqualTo(-1.4474237f);
  }

  @Test
  void theRootIsSplitMix64() {
    // First outputs of SplitMix64 for the state that seed 0 gives, computed by its definition.
    long state = mix(0x9E3779B97F4A7C15L);
    for (int i = 0; i < 5; i++) {
      state += 0x9E3779B97F4A7C15L;
      assertThat(Rng.of(0).bits(i)).isEqualTo(mix(state));
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  @Test
  void streamsDiffer() {
    Set<Long> seen = new HashSet<>();
    for (int seed = 0; seed < 10; seed++) {
      Rng root = Rng.of(seed);
      seen.add(root.bits(0));
      for (int i = 0; i < 10; i++) {
        seen.add(root.child(i).bits(0));
        seen.add(root.child("" + i).bits(0));
        seen.add(root.child("a").child(i).bits(0));
        seen.add(root.child(i).child("a").bits(0));
      }
    }
    assertThat(seen).hasSize(10 * 41);
  }

  @Test
  void theGeneratorCountsAlong() {
    Rng rng = Rng.of(1);
    RandomGenerator generator = rng.generator();
    for (int i = 0; i < 100; i++) {
      assertThat(generator.nextLong()).isEqualTo(rng.bits(i));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 60, -7})
  void uniformAndNormalHaveTheirMoments(long seed) {
    Rng rng = Rng.of(seed).child("moments");
    int n = 200_000;
    double uniform = 0;
    double uniformSquares = 0;
    double normal = 0;
    double normalSquares = 0;
    double neighbours = 0;
    int[] faces = new int[6];
    for (int i = 0; i < n; i++) {
      float u = rng.uniform(i);
      assertThat(u).isBetween(0f, 0.99999994f);
      uniform += u;
      uniformSquares += u * u;
      neighbours += (u - 0.5) * (rng.uniform(i + 1) - 0.5);
      float z = rng.normal(i);
      normal += z;
      normalSquares += z * z;
      faces[rng.below(i, 6)]++;
    }
    assertThat(uniform / n).isEqualTo(0.5, within(0.003));
    assertThat(uniformSquares / n).isEqualTo(1 / 3.0, within(0.003));
    assertThat(neighbours / n).isEqualTo(0, within(0.001));
    assertThat(normal / n).isEqualTo(0, within(0.01));
    assertThat(normalSquares / n).isEqualTo(1, within(0.015));
    for (int face : faces) {
      assertThat(face / (double) n).isEqualTo(1 / 6.0, within(0.004));
    }
  }

  @Test
  void initialisersHaveTheirSpread() {
    Rng rng = Rng.of(5);
    Tensor weight = Tensor.zeros(128, 64, 3, 3);
    Initializers.xavierUniform(weight, rng);
    double bound = Math.sqrt(6.0 / ((64 + 128) * 9));
    assertThat(largest(weight)).isLessThanOrEqualTo(bound).isGreaterThan(0.999 * bound);
    assertThat(std(weight)).isEqualTo(bound / Math.sqrt(3), within(0.01 * bound));
    Initializers.heNormalFanOut(weight, rng);
    double expected = Math.sqrt(2.0 / (128 * 9));
    assertThat(std(weight)).isEqualTo(expected, within(0.01 * expected));
    Initializers.fanInUniform(weight, rng);
    assertThat(largest(weight)).isLessThanOrEqualTo(1 / Math.sqrt(64 * 9));
    Initializers.truncatedNormal(weight, 1.5f, rng);
    assertThat(largest(weight)).isLessThanOrEqualTo(2).isGreaterThan(1.9);
    Initializers.truncatedNormal(weight, 0.02f, rng);
    assertThat(std(weight)).isEqualTo(0.02, within(0.0005));
    assertThat(Initializers.biasPrior(0.01)).isEqualTo((float) -Math.log(99));
  }

  @Test
  void samplingStartsInEightDirections() {
    int heads = 8;
    Tensor bias = Tensor.zeros(heads * 2 * 4 * 2);
    Initializers.samplingDirections(bias, heads, 2, 4);
    float[][] directions = {{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}};
    for (int head = 0; head < heads; head++) {
      for (int level = 0; level < 2; level++) {
        for (int point = 0; point < 4; point++) {
          int at = ((head * 2 + level) * 4 + point) * 2;
          for (int c = 0; c < 2; c++) {
            assertThat(bias.floats()[at + c])
                .isEqualTo(directions[head][c] * (point + 1), within(1e-5f));
          }
        }
      }
    }
  }

  private static double largest(Tensor x) {
    double largest = 0;
    for (float value : x.toFloats()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double std(Tensor x) {
    double squares = 0;
    for (float value : x.toFloats()) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / x.size());
  }
}
