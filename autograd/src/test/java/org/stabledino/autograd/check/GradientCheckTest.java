package org.stabledino.autograd.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stabledino.autograd.ops.Ops.*;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Tensor;

class GradientCheckTest {

  /** x^2 of each element with a gradient that is wrong by a factor at one index. */
  private static final class WrongSquare extends Function {
    private final Variable x;
    private final int index;
    private final float factor;

    private WrongSquare(Variable x, int index, float factor) {
      super(x);
      this.x = x;
      this.index = index;
      this.factor = factor;
    }

    static Variable apply(Variable x, int index, float factor) {
      return new WrongSquare(x, index, factor).run();
    }

    @Override
    protected Tensor forward() {
      float[] values = x.data().toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] *= values[i];
      }
      return Tensor.of(values, x.shape().dims());
    }

    @Override
    protected void backward(Tensor gradOut) {
      float[] grad = gradOut.toFloats();
      float[] values = x.data().toFloats();
      for (int i = 0; i < grad.length; i++) {
        grad[i] *= 2 * values[i] * (i == index ? factor : 1);
      }
      accumulate(x, Tensor.of(grad, x.shape().dims()));
    }
  }

  private static Variable values(int... dims) {
    Tensor tensor = Tensor.empty(dims);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = 0.5f + 0.1f * i;
    }
    return Variable.leaf(tensor);
  }

  @Test
  void namesOpArgumentIndexAndBothNumbers() {
    GradientCheck check =
        GradientCheck.of("square", v -> add(v[0], WrongSquare.apply(v[1], 4, 1.01f)));
    assertThatThrownBy(() -> check.on(values(2, 3), values(2, 3)))
        .isInstanceOf(GradientMismatchException.class)
        .hasMessageContaining("square: gradient of argument 1 at [1, 1]: got ")
        .hasMessageContaining("expected ");
  }

  @Test
  void acceptsARightGradientAndRestoresItsArguments() {
    Variable x = values(2, 3);
    float[] before = x.data().toFloats();
    assertThatCode(() -> GradientCheck.of("square", v -> WrongSquare.apply(v[0], -1, 0)).on(x))
        .doesNotThrowAnyException();
    assertThat(x.data().toFloats()).containsExactly(before);
    assertThat(x.grad()).isNull();
  }

  @Test
  void rejectsNotANumber() {
    Variable x = values(3);
    assertThatThrownBy(
            () -> GradientCheck.of("nan", v -> WrongSquare.apply(v[0], 2, Float.NaN)).on(x))
        .isInstanceOf(GradientMismatchException.class)
        .hasMessageContaining("argument 0 at [2]: got NaN");
  }

  @Test
  void rejectsAMissingGradient() {
    assertThatThrownBy(
            () ->
                GradientCheck.of("half", v -> add(v[0], square(v[1].detach())))
                    .on(values(2), values(2)))
        .isInstanceOf(GradientMismatchException.class)
        .hasMessage("half: no gradient reached argument 1 of shape [2]");
  }

  @Test
  void constantsAreNotChecked() {
    Variable constant = Variable.constant(Tensor.full(2, 3));
    assertThatCode(() -> GradientCheck.of("mul", v -> mul(v[0], v[1])).on(values(3), constant))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> GradientCheck.of("mul", v -> mul(v[0], v[1])).on(constant, constant))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> GradientCheck.of("neg", v -> neg(v[0])).on(neg(values(2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leaves");
  }

  /**
   * With 1,000 elements and room for 1,000 every wrong one is found; with room for 20 a few are.
   */
  @Test
  void checksAtMostTheGivenNumberOfElements() {
    int[] calls = new int[1];
    Variable x = Variable.leaf(Tensor.full(1, 1000));
    GradientCheck.of(
            "counted",
            v -> {
              calls[0]++;
              return scale(v[0], 2);
            })
        .elements(20)
        .seed(3)
        .on(x);
    assertThat(calls[0]).isEqualTo(1 + 4 * 20);
    float[] expected = new float[1000];
    Arrays.fill(expected, 1);
    assertThat(x.data().toFloats()).containsExactly(expected);
  }

  @Test
  void theToleranceFollowsTheLargestDerivative() {
    Variable x = Variable.leaf(Tensor.of(new float[] {100, 0.001f}));
    GradientCheck loose =
        GradientCheck.of("square", v -> WrongSquare.apply(v[0], 0, 1.01f)).tolerance(0.02, 0);
    assertThatCode(() -> loose.on(x)).doesNotThrowAnyException();
    GradientCheck strict =
        GradientCheck.of("square", v -> WrongSquare.apply(v[0], 0, 1.01f)).tolerance(0.005, 0);
    assertThatThrownBy(() -> strict.on(x)).isInstanceOf(GradientMismatchException.class);
  }
}
