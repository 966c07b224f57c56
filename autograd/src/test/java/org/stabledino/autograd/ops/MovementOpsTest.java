package org.stabledino.autograd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.stabledino.autograd.ops.Ops.*;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

/** Ops that move, repeat and select elements, against plain loops over indices. */
class MovementOpsTest {

  /** What an op puts at one position of a three-dimensional result. */
  @FunctionalInterface
  private interface Expected {
    float at(int i, int j, int k);
  }

  private static void assertResult(Variable y, int[] dims, Expected expected) {
    assertThat(y.shape().dims()).containsExactly(dims);
    for (int i = 0; i < dims[0]; i++) {
      for (int j = 0; j < dims[1]; j++) {
        for (int k = 0; k < dims[2]; k++) {
          assertThat(y.data().get(i, j, k))
              .as("%d, %d, %d", i, j, k)
              .isEqualTo(expected.at(i, j, k));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void againstLoops(long seed) {
    Inputs in = new Inputs(seed);
    int a = in.extent(5);
    int b = in.extent(5);
    int c = in.extent(40);
    Variable x = in.normal(a, b, c);
    Tensor d = x.data();

    assertResult(permute(x, 2, 0, 1), new int[] {c, a, b}, (i, j, k) -> d.get(j, k, i));
    assertResult(permute(x, 1, 0, 2), new int[] {b, a, c}, (i, j, k) -> d.get(j, i, k));
    assertResult(permute(x, 0, 2, 1), new int[] {a, c, b}, (i, j, k) -> d.get(i, k, j));
    assertResult(
        reshape(x, b, -1, a), new int[] {b, c, a}, (i, j, k) -> d.floats()[(i * c + j) * a + k]);

    Variable row = in.normal(b, 1);
    assertResult(expand(row, a, b, c), new int[] {a, b, c}, (i, j, k) -> row.data().get(j, 0));
    assertResult(
        add(x, row), new int[] {a, b, c}, (i, j, k) -> d.get(i, j, k) + row.data().get(j, 0));

    int half = c / 2;
    assertResult(
        slice(x, -1, half, c), new int[] {a, b, c - half}, (i, j, k) -> d.get(i, j, k + half));
    assertResult(slice(x, 0, a - 1, a), new int[] {1, b, c}, (i, j, k) -> d.get(a - 1, j, k));
    assertResult(slice(x, 1, 0, 0), new int[] {a, 0, c}, (i, j, k) -> Float.NaN);
    assertResult(
        pad(x, 1, 2, 1),
        new int[] {a, b + 3, c},
        (i, j, k) -> j < 2 || j >= b + 2 ? 0 : d.get(i, j - 2, k));
    assertResult(
        roll(x, 1, 2), new int[] {a, b, c}, (i, j, k) -> d.get(i, Math.floorMod(j - 2, b), k));
    assertResult(
        roll(x, 2, -7), new int[] {a, b, c}, (i, j, k) -> d.get(i, j, Math.floorMod(k + 7, c)));
    assertResult(roll(x, 0, 0), new int[] {a, b, c}, d::get);

    Variable other = in.normal(a, 3, c);
    assertResult(
        concat(1, x, other, x),
        new int[] {a, 2 * b + 3, c},
        (i, j, k) ->
            j < b
                ? d.get(i, j, k)
                : j < b + 3 ? other.data().get(i, j - b, k) : d.get(i, j - b - 3, k));

    Tensor indices = in.indices(b, a, 6);
    assertResult(
        gatherRows(x, indices),
        new int[] {a, 6, c},
        (i, j, k) -> d.get(i, indices.ints()[i * 6 + j], k));
    Variable table = in.normal(b, c);
    assertResult(
        embedding(table, indices),
        new int[] {a, 6, c},
        (i, j, k) -> table.data().get(indices.ints()[i * 6 + j], k));

    Tensor mask = in.mask(a, b);
    assertResult(
        maskedFill(x, mask, Float.NEGATIVE_INFINITY),
        new int[] {a, b, c},
        (i, j, k) -> mask.bytes()[i * b + j] != 0 ? Float.NEGATIVE_INFINITY : d.get(i, j, k));
    Tensor whole = in.mask(a, b, c);
    assertResult(
        maskedFill(x, whole, 2),
        new int[] {a, b, c},
        (i, j, k) -> whole.bytes()[(i * b + j) * c + k] != 0 ? 2 : d.get(i, j, k));

    Variable sums = sum(x, false, 1);
    for (int i = 0; i < a; i++) {
      for (int k = 0; k < c; k++) {
        double total = 0;
        for (int j = 0; j < b; j++) {
          total += d.get(i, j, k);
        }
        assertThat((double) sums.data().get(i, k)).isCloseTo(total, within(1e-6));
      }
    }
  }

  @Test
  void shapesAndOuterSlicesShareMemory() {
    Variable x = Variable.leaf(Tensor.full(1, 1, 4, 3));
    assertThat(reshape(x, 12).data().storage()).isSameAs(x.data().storage());
    assertThat(slice(x, 1, 1, 3).data().storage()).isSameAs(x.data().storage());
    assertThat(slice(x, 2, 1, 3).data().storage()).isNotSameAs(x.data().storage());
  }

  @Test
  void indicesOutOfRangeAreRefused() {
    Variable x = Variable.leaf(Tensor.zeros(1, 3, 2));
    assertThatThrownBy(() -> gatherRows(x, Tensor.of(new int[] {3}, 1, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> gatherRows(x, Tensor.of(new int[] {-1}, 1, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void sumsDropOrKeepAxes() {
    Variable x = Variable.leaf(Tensor.full(2, 2, 3, 4));
    assertThat(sum(x).shape().rank()).isZero();
    assertThat(sum(x).item()).isEqualTo(48);
    assertThat(mean(x).item()).isEqualTo(2);
    assertThat(sum(x, false, 0, 2).shape().dims()).containsExactly(3);
    assertThat(sum(x, true, 0, -1).shape().dims()).containsExactly(1, 3, 1);
    assertThat(sum(x, false, 1).data().toFloats()).containsOnly(6).hasSize(8);
  }

  @Test
  void equalArgumentsOfAnExtremumShareTheGradient() {
    Variable a = Variable.leaf(Tensor.of(new float[] {1, 2, 3}));
    Variable b = Variable.leaf(Tensor.of(new float[] {2, 2, 2}));
    sum(minimum(a, b)).backward();
    assertThat(a.grad().toFloats()).containsExactly(1, 0.5f, 0);
    assertThat(b.grad().toFloats()).containsExactly(0, 0.5f, 1);
    a.clearGrad();
    b.clearGrad();
    sum(maximum(a, b)).backward();
    assertThat(a.grad().toFloats()).containsExactly(0, 0.5f, 1);
    assertThat(b.grad().toFloats()).containsExactly(1, 0.5f, 0);
  }
}
