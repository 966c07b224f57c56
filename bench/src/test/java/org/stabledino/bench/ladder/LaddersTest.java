package org.stabledino.bench.ladder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.bench.Ladder;

/** Every rung gives the numbers of the first one, the definition. */
class LaddersTest {

  /** Shapes that fit the tiles, with maps and rows that end in the middle of a Winograd tile. */
  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of("gemm", List.of("t 12x72x64", "t 6x1x128", "t 42x300x64")),
        Arguments.of(
            "convolution", List.of("t 1x6x12 32->32", "t 1x1x6 32->64", "t 1x7x18 64->32")),
        Arguments.of(
            "deformable attention",
            List.of(
                "t 1x84x64 heads 2 levels 8x8 4x4 2x2",
                "t 1x5x32 heads 1 levels 1x1",
                "t 1x30x128 heads 2 levels 9x3 2x5 7x1 1x2")),
        Arguments.of(
            "deformable attention, gradients",
            List.of("t 1x84x64 heads 2 levels 8x8 4x4 2x2", "t 1x7x32 heads 1 levels 1x1 3x2")),
        Arguments.of("softmax", List.of("t 6x64", "t 1x32", "t 3x2048")),
        Arguments.of("attention", List.of("t 1x96x64 heads 2", "t 1x192x32 heads 1")),
        Arguments.of("layer norm", List.of("t 12x64", "t 1x256")),
        Arguments.of("GELU", List.of("t 12x64", "t 1x16", "t 3x1024")),
        Arguments.of("AdamW", List.of("t 4096", "t 1", "t 16385")));
  }

  @Test
  void thereAreShapesForAll() {
    assertThat(shapes().map(arguments -> arguments.get()[0]))
        .containsExactlyElementsOf(Ladders.ALL.keySet().stream().map(Object.class::cast).toList());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void allRungsGiveTheSameNumbers(String name, List<String> shapes) throws Exception {
    Class<? extends Ladder> type = Ladders.ALL.get(name);
    for (String shape : shapes) {
      Ladder ladder = type.getConstructor().newInstance();
      type.getField("shape").set(ladder, shape);
      float[][] expected = null;
      for (Method rung : Ladders.rungs(type)) {
        ladder.setUp();
        Object returned = rung.invoke(ladder);
        float[][] actual =
            Arrays.stream(ladder.results()).map(float[]::clone).toArray(float[][]::new);
        assertThat(returned).as(rung.getName()).isSameAs(ladder.results()[0]);
        if (expected == null) {
          expected = actual;
        }
        compare(type.getSimpleName() + "." + rung.getName() + " of " + shape, expected, actual);
      }
    }
  }

  private static void compare(String what, float[][] expected, float[][] actual) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).hasSameSizeAs(expected[i]);
      double largest =
          IntStream.range(0, expected[i].length).mapToDouble(of(expected[i])).max().orElseThrow();
      assertThat(largest).as(what).isPositive();
      for (int j = 0; j < expected[i].length; j++) {
        assertThat((double) actual[i][j])
            .as("%s: result %d at %d", what, i, j)
            .isCloseTo(expected[i][j], within(2e-5 * largest));
      }
    }
  }

  private static IntToDoubleFunction of(float[] values) {
    return j -> Math.abs(values[j]);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void rungsAreNumberedAndEndWithTheProduct(String name, List<String> shapes) {
    List<Rung> rungs =
        Ladders.rungs(Ladders.ALL.get(name)).stream()
            .map(method -> method.getAnnotation(Rung.class))
            .toList();
    assertThat(rungs)
        .extracting(Rung::value)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, rungs.size()).boxed().toList());
    assertThat(rungs.stream().filter(Rung::product)).containsExactly(rungs.getLast());
    assertThat(shapes).isNotEmpty();
  }

  @Test
  void sizesWithARestAreRefused() {
    GemmLadder ladder = new GemmLadder();
    ladder.shape = "t 7x8x64";
    assertThatThrownBy(ladder::setUp)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("M is 7; a ladder's must be a multiple of 6");
  }

  @Test
  void theExponentialIsThatOfMath() {
    float[] x = new float[Tile.LANES];
    float[] y = new float[Tile.LANES];
    for (float from = -86.9f; from < 87f; from += 0.37f) {
      for (int lane = 0; lane < x.length; lane++) {
        x[lane] = from + lane * 0.01f;
      }
      Exponential.of(FloatVector.fromArray(Tile.SPECIES, x, 0)).intoArray(y, 0);
      for (int lane = 0; lane < x.length; lane++) {
        double expected = Math.exp(x[lane]);
        assertThat((double) y[lane]).isCloseTo(expected, within(3e-7 * expected));
      }
    }
    Arrays.fill(x, Float.NEGATIVE_INFINITY);
    Exponential.of(FloatVector.fromArray(Tile.SPECIES, x, 0)).intoArray(y, 0);
    assertThat(y[0]).isBetween(0f, 2e-38f);
  }
}
