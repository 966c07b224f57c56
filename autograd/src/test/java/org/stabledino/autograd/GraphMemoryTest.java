package org.stabledino.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.stabledino.autograd.ops.Ops.*;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.HostMemory;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/** When the tape gives memory back. */
class GraphMemoryTest {
  private static final int SIZE = 1024;
  private static final long BYTES = 4L * SIZE;

  private static Variable parameter() {
    return Variable.leaf(Scope.outsideAll(() -> Tensor.full(0.5f, SIZE)));
  }

  /** Passes its argument on and notes how much memory is taken when backward comes by. */
  private static final class Probe extends Function {
    private final Variable x;
    private final List<Long> taken;

    private Probe(Variable x, List<Long> taken) {
      super(x);
      this.x = x;
      this.taken = taken;
    }

    static Variable apply(Variable x, List<Long> taken) {
      return new Probe(x, taken).run();
    }

    @Override
    protected Tensor forward() {
      return x.data().reshape(x.shape());
    }

    @Override
    protected void backward(Tensor gradOut) {
      taken.add(HostMemory.takenBytes());
      accumulate(x, gradOut);
    }
  }

  @Test
  void backwardFreesResultsAsItPassesThem() {
    Variable weight = parameter();
    long before = HostMemory.takenBytes();
    List<Long> taken = new ArrayList<>();
    try (Scope _ = Scope.open()) {
      Variable y = weight;
      for (int i = 0; i < 20; i++) {
        y = Probe.apply(square(y), taken);
      }
      Variable loss = sum(y);
      long whole = HostMemory.takenBytes();
      assertThat(whole - before).isGreaterThanOrEqualTo(20 * BYTES);
      loss.backward();
      for (int i = 1; i < taken.size(); i++) {
        assertThat(taken.get(i)).as("after %d squares", i).isEqualTo(taken.get(i - 1) - BYTES);
      }
      assertThat(HostMemory.takenBytes()).isEqualTo(before);
      assertThat(loss.item()).as("a loss can be read after its backward pass").isNotNaN();
    }
    assertThat(HostMemory.takenBytes()).isEqualTo(before);
  }

  @Test
  void withoutRecordingAStageKeepsItsResultsOnly() {
    Variable weight = parameter();
    long before = HostMemory.takenBytes();
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      List<Variable> results =
          GradMode.stage(
              () -> {
                Variable first = GradMode.section(() -> square(square(weight)));
                Variable second = GradMode.section(() -> exp(first));
                Variable third = GradMode.section(() -> exp(second));
                return List.of(first, third);
              });
      assertThat(results).hasSize(2);
      assertThat(HostMemory.takenBytes() - before).isEqualTo(2 * BYTES);
      assertThat(results.getLast().data().toFloats()).doesNotContain(Float.NaN);
    }
    assertThat(HostMemory.takenBytes()).isEqualTo(before);
  }

  @Test
  void whileRecordingAStageIsACall() {
    Variable weight = parameter();
    try (Scope _ = Scope.open()) {
      Variable result = GradMode.stage(() -> List.of(square(weight))).getFirst();
      sum(result).backward();
      assertThat(weight.grad().toFloats()).containsOnly(1f);
    }
  }

  @Test
  void aValueReadAfterBackwardPassedItIsRefused() {
    Variable weight = parameter();
    try (Scope _ = Scope.open()) {
      Variable hidden = square(weight);
      sum(exp(hidden)).backward();
      assertThatThrownBy(() -> hidden.data().toFloats())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("backward passed it");
    }
  }

  @Test
  void viewsKeepTheirMemoryAlive() {
    Variable weight = parameter();
    try (Scope _ = Scope.open()) {
      Variable hidden = square(weight);
      Variable view = slice(reshape(hidden, 2, SIZE / 2), 0, 1, 2);
      Variable other = exp(hidden);
      sum(add(reshape(view, SIZE / 2), slice(other, 0, 0, SIZE / 2))).backward();
      float e = (float) Math.exp(0.25);
      assertThat(weight.grad().get(0)).isCloseTo(e, within(1e-5f));
      assertThat(weight.grad().get(SIZE - 1)).isEqualTo(1f);
    }
  }

  @Test
  void aLeafMadeInAScopeOutlivesItsViews() {
    try (Scope _ = Scope.open()) {
      Variable leaf = Variable.leaf(Tensor.full(3, SIZE));
      sum(square(reshape(leaf, 2, SIZE / 2))).backward();
      assertThat(leaf.data().get(0)).isEqualTo(3f);
      assertThat(leaf.grad().get(SIZE - 1)).isEqualTo(6f);
      sum(slice(leaf, 0, 0, 2)).backward();
      assertThat(leaf.data().get(0)).isEqualTo(3f);
    }
  }

  @Test
  void detachedValuesServeTheGraphTheyWereMadeFor() {
    Variable weight = parameter();
    try (Scope _ = Scope.open()) {
      Variable y = square(weight);
      Variable target = y.detach();
      sum(square(sub(scale(y, 2), target))).backward();
      // y = w^2, loss = (2 y - t)^2: d/dw = 2 (2 y - t) 2 2 w = 8 y w = 1 at w = 0.5
      assertThat(weight.grad().get(7)).isEqualTo(1f);
    }
  }

  @Test
  void temporariesOfBroadcastingAreFreedAtOnce() {
    Variable weight = parameter();
    Variable column = Variable.leaf(Scope.outsideAll(() -> Tensor.full(2, 64, 1)));
    try (Scope _ = Scope.open()) {
      long before = HostMemory.takenBytes();
      Variable product = mul(div(mul(column, weight), column), column);
      sum(product).backward();
      assertThat(HostMemory.takenBytes() - before).isLessThan(64 * BYTES);
    }
  }

  @Test
  void aSectionKeepsOnlyItsResultWithoutGradients() {
    Variable weight = parameter();
    try (Scope _ = Scope.open();
        GradMode _ = GradMode.noGrad()) {
      long before = HostMemory.takenBytes();
      Variable y = GradMode.section(() -> exp(square(exp(square(weight)))));
      assertThat(HostMemory.takenBytes() - before).isEqualTo(BYTES);
      Variable view = GradMode.section(() -> reshape(square(exp(y)), 2, SIZE / 2));
      assertThat(HostMemory.takenBytes() - before).isEqualTo(2 * BYTES);
      assertThat(view.data().get(1, 3))
          .isEqualTo((float) Math.pow(Math.exp(y.data().get(3)), 2), within(1e-2f));
    }
  }

  @Test
  void aSectionWhileRecordingIsACall() {
    Variable weight = parameter();
    try (Scope _ = Scope.open()) {
      sum(GradMode.section(() -> square(exp(weight)))).backward();
      assertThat(weight.grad().get(0)).isCloseTo((float) (2 * Math.exp(1)), within(1e-4f));
    }
  }

  @Test
  void thousandsOfStepsTakeNoMoreMemory() {
    Variable weight = Variable.leaf(Tensor.full(0.01f, 32, 32));
    Variable bias = Variable.leaf(Tensor.full(0.5f, 32));
    Tensor input = Tensor.full(1f, 16, 32);
    long taken = HostMemory.takenBytes();
    long fresh = 0;
    for (int step = 0; step < 3000; step++) {
      try (Scope _ = Scope.open()) {
        Variable x = Variable.constant(input.copy());
        Variable hidden = linearRelu(linear(x, weight, bias), weight, bias);
        Variable parts = concat(1, slice(hidden, 1, 0, 16), slice(hidden, 1, 16, 32));
        Variable unused = exp(hidden);
        mean(square(add(parts, softmax(hidden)))).backward();
        assertThat(unused.data().size()).isEqualTo(16 * 32);
      }
      weight.clearGrad();
      bias.clearGrad();
      assertThat(HostMemory.takenBytes()).isEqualTo(taken);
      if (step == 10) {
        fresh = HostMemory.freshBytes();
      }
    }
    assertThat(HostMemory.freshBytes()).isEqualTo(fresh);
  }
}
