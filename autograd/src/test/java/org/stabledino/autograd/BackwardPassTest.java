package org.stabledino.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stabledino.autograd.ops.Ops.*;

import org.junit.jupiter.api.Test;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

class BackwardPassTest {

  private static Variable leaf(float... values) {
    return Variable.leaf(Tensor.of(values));
  }

  private static float[] gradient(Variable leaf) {
    return leaf.grad().toFloats();
  }

  @Test
  void gradientsOfSeveralPassesAddUpUntilCleared() {
    Variable x = leaf(1, 2, 3);
    sum(square(x)).backward();
    assertThat(gradient(x)).containsExactly(2, 4, 6);
    sum(scale(x, 10)).backward();
    assertThat(gradient(x)).containsExactly(12, 14, 16);
    x.clearGrad();
    assertThat(x.grad()).isNull();
    sum(x).backward();
    assertThat(gradient(x)).containsExactly(1, 1, 1);
  }

  @Test
  void anArgumentUsedTwiceGetsBothContributions() {
    Variable x = leaf(1, 2, 3);
    sum(add(x, x)).backward();
    assertThat(gradient(x)).containsExactly(2, 2, 2);
    x.clearGrad();
    Variable y = scale(x, 3);
    sum(mul(add(y, y), y)).backward();
    assertThat(gradient(x)).containsExactly(36, 72, 108);
  }

  /** y = x^2 feeds two branches that meet again, one of them longer. */
  @Test
  void diamondsAreVisitedInReverseOrder() {
    Variable x = leaf(1, -2, 3);
    Variable y = square(x);
    Variable left = scale(y, 2);
    Variable right = neg(scale(square(y), -1));
    sum(add(mul(left, right), y)).backward();
    // d(2 x^6 + x^2) = 12 x^5 + 2 x
    assertThat(gradient(x)).containsExactly(14, -388, 2922);
  }

  /** A chain of 60 doublings has 2^60 paths; each function must run once. */
  @Test
  void sharedSubgraphsRunOnce() {
    Variable x = leaf(1);
    Variable y = x;
    for (int i = 0; i < 60; i++) {
      y = add(y, y);
    }
    sum(y).backward();
    assertThat(gradient(x)).containsExactly((float) Math.pow(2, 60));
  }

  @Test
  void longChainsNeedNoStack() {
    Variable x = leaf(1);
    Variable y = x;
    for (int i = 0; i < 50_000; i++) {
      y = shift(y, 1);
    }
    sum(y).backward();
    assertThat(gradient(x)).containsExactly(1);
  }

  /**
   * The gradient of an addition is handed on to both arguments without a copy; what is then added
   * to one of them must not reach the other.
   */
  @Test
  void sharedGradientsAreNotChangedByLaterContributions() {
    Variable x = leaf(1, 2);
    Variable z = leaf(3, 4);
    Variable a = scale(x, 1);
    Variable b = scale(z, 1);
    Variable early = scale(a, 100);
    sum(add(early, reshape(add(a, b), 2))).backward();
    assertThat(gradient(x)).containsExactly(101, 101);
    assertThat(gradient(z)).containsExactly(1, 1);
  }

  @Test
  void theGivenGradientIsNotChanged() {
    Variable x = leaf(1, 2);
    Tensor given = Tensor.of(new float[] {1, 10});
    Variable a = scale(x, 1);
    Variable b = shift(a, 1);
    add(add(b, reshape(b, 2)), a).backward(given);
    assertThat(gradient(x)).containsExactly(3, 30);
    assertThat(given.toFloats()).containsExactly(1, 10);
  }

  @Test
  void theGivenGradientOutlivesThePassInItsScope() {
    Variable x = leaf(1, 2);
    try (Scope _ = Scope.open()) {
      Tensor given = Tensor.empty(2);
      given.floats()[given.offset()] = 1;
      given.floats()[given.offset() + 1] = 10;
      scale(x, 1).backward(given);
      scale(x, 1).backward(given);
      assertThat(given.toFloats()).containsExactly(1, 10);
    }
    assertThat(gradient(x)).containsExactly(2, 20);
  }

  @Test
  void slicesAndShapesShareMemoryButNotGradients() {
    Variable x = leaf(1, 2, 3, 4, 5, 6);
    Variable y = reshape(scale(x, 1), 3, 2);
    Variable top = slice(y, 0, 0, 2);
    Variable bottom = slice(y, 0, 1, 3);
    sum(add(mul(top, bottom), slice(y, 0, 0, 2))).backward();
    assertThat(gradient(x)).containsExactly(4, 5, 1 + 5 + 1, 1 + 6 + 2, 3, 4);
  }

  /** The parts of a concatenation get views of one gradient; both are added to afterwards. */
  @Test
  void viewsOfOneGradientAreAddedToSeparately() {
    Variable x = leaf(1, 2);
    Variable z = leaf(3, 4);
    Variable a = scale(x, 1);
    Variable b = scale(z, 1);
    Variable extraA = scale(a, 10);
    Variable extraB = scale(b, 20);
    sum(add(concat(0, a, b), concat(0, extraA, extraB))).backward();
    assertThat(gradient(x)).containsExactly(11, 11);
    assertThat(gradient(z)).containsExactly(21, 21);
  }

  @Test
  void constantsAndDetachedValuesGetNoGradient() {
    Variable x = leaf(1, 2);
    Variable constant = Variable.constant(Tensor.of(new float[] {5, 6}));
    Variable y = scale(x, 3);
    sum(mul(mul(x, constant), y.detach())).backward();
    assertThat(gradient(x)).containsExactly(15, 36);
    assertThat(constant.grad()).isNull();
  }

  @Test
  void gradientsGoToAGivenBuffer() {
    Variable x = leaf(1, 2);
    Tensor bucket = Tensor.full(7, 4);
    x.gradBuffer(bucket.narrow(1, 3));
    sum(scale(x, 3)).backward();
    sum(scale(x, 3)).backward();
    assertThat(bucket.toFloats()).containsExactly(7, 6, 6, 7);
  }

  @Test
  void backwardTwiceNamesTheOp() {
    Variable x = leaf(1, 2);
    Variable loss = sum(square(x));
    loss.backward();
    assertThatThrownBy(loss::backward)
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("Sum")
        .hasMessageContaining("compute it again");
  }

  @Test
  void asecondResultOfASpentPartNamesTheOp() {
    Variable x = leaf(1, 2);
    Variable y = square(x);
    Variable first = sum(y);
    Variable second = sum(scale(y, 2));
    first.backward();
    assertThatThrownBy(second::backward)
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("Square");
  }

  @Test
  void aSeveredGraphNamesTheOp() {
    Variable x = leaf(1, 2);
    Variable computed;
    try (GradMode _ = GradMode.noGrad()) {
      computed = sum(square(x));
    }
    assertThatThrownBy(computed::backward)
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("severed")
        .hasMessageContaining("the result of Sum");
    assertThatThrownBy(() -> sum(square(x)).detach().backward())
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("the result of Sum");
    assertThatThrownBy(() -> sum(square(x.detach())).backward())
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("the result of Sum");
    assertThatThrownBy(() -> leaf(1).backward())
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("leaf");
  }

  @Test
  void backwardNeedsAScalarOrAGradientOfItsShape() {
    Variable y = square(leaf(1, 2));
    assertThatThrownBy(y::backward)
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("the result of Square")
        .hasMessageContaining("[2]");
    assertThatThrownBy(() -> y.backward(Tensor.of(new float[3])))
        .isInstanceOf(ShapeMismatchException.class);
  }

  @Test
  void nothingIsRecordedWithoutGradients() {
    Variable x = leaf(1, 2);
    try (GradMode _ = GradMode.noGrad()) {
      Variable y = square(x);
      assertThat(y.requiresGrad()).isFalse();
      assertThat(y.creator()).isNull();
      try (GradMode _ = GradMode.set(true)) {
        assertThat(square(x).requiresGrad()).isTrue();
      }
      assertThat(GradMode.recording()).isFalse();
    }
    assertThat(GradMode.recording()).isTrue();
    assertThat(square(x).creator().name()).isEqualTo("Square");
    assertThat(square(x.detach()).creator()).isNull();
  }

  /** A function that hands its gradient on in the wrong shape. */
  private static final class Wrong extends Function {
    private final Variable x;

    private Wrong(Variable x) {
      super(x);
      this.x = x;
    }

    static Variable apply(Variable x) {
      return new Wrong(x).run();
    }

    @Override
    protected Tensor forward() {
      return x.data().copy();
    }

    @Override
    protected void backward(Tensor gradOut) {
      accumulate(x, gradOut.reshape(1, 2));
    }
  }

  @Test
  void aGradientOfTheWrongShapeIsRefused() {
    Variable x = leaf(1, 2);
    assertThatThrownBy(() -> sum(Wrong.apply(square(x))).backward())
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageContaining("the result of Square");
  }
}
