package org.stabledino.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stabledino.autograd.ops.Ops.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.HostMemory;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/** Sections that are computed again in the backward pass. */
class CheckpointTest {
  private static final int N = 32;
  private static final long BYTES = 4L * N * N;

  private static List<Variable> leaves(long seed, int count) {
    Random random = new Random(seed);
    IntFunction<Variable> leaf =
        _ -> {
          float[] values = new float[N * N];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
          }
          return Variable.leaf(Scope.outsideAll(() -> Tensor.of(values, N, N)));
        };
    return IntStream.range(0, count).mapToObj(leaf).toList();
  }

  /** What a network came to: its loss and all gradients as bits. */
  private static List<int[]> run(
      boolean checkpointing, List<Variable> leaves, BiFunction<Variable, Variable, Variable> net) {
    leaves.forEach(Variable::clearGrad);
    List<int[]> bits = new ArrayList<>();
    try (Scope _ = Scope.open()) {
      Variable loss;
      try (Checkpointing _ = Checkpointing.set(checkpointing)) {
        loss = net.apply(leaves.get(0), leaves.get(1));
      }
      loss.backward();
      bits.add(new int[] {Float.floatToRawIntBits(loss.item())});
    }
    for (Variable leaf : leaves) {
      float[] grad = leaf.grad().toFloats();
      bits.add(
          IntStream.range(0, grad.length).map(i -> Float.floatToRawIntBits(grad[i])).toArray());
    }
    return bits;
  }

  private static void same(BiFunction<Variable, Variable, Variable> net) {
    List<Variable> leaves = leaves(1, 2);
    long before = HostMemory.takenBytes();
    List<int[]> expected = run(false, leaves, net);
    List<int[]> actual = run(true, leaves, net);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).as("loss, gradients: %d", i).isEqualTo(expected.get(i));
    }
    assertThat(HostMemory.takenBytes()).isEqualTo(before);
  }

  private static Variable layer(Variable x, Variable weight) {
    Variable hidden = gelu(matmul(x, weight));
    return add(x, layerLike(hidden, weight));
  }

  private static Variable layerLike(Variable hidden, Variable weight) {
    return sigmoid(matmul(hidden, false, weight, true));
  }

  @Test
  void layersOneAfterTheOtherThatShareTheirWeights() {
    same(
        (x, weight) -> {
          Variable y = x;
          for (int i = 0; i < 5; i++) {
            Variable in = y;
            y = GradMode.section(() -> layer(in, weight));
          }
          return sum(square(y));
        });
  }

  @Test
  void whatASectionReadsMayBeReadOutsideToo() {
    same(
        (x, weight) -> {
          Variable shared = exp(matmul(x, weight));
          Variable before = square(shared);
          Variable inside =
              GradMode.section(() -> add(mul(shared, before), gelu(add(shared, weight))));
          Variable after = mul(shared, inside);
          return sum(add(add(before, inside), after));
        });
  }

  @Test
  void sectionsWithinSections() {
    same(
        (x, weight) -> {
          Supplier<Variable> inner = () -> layer(matmul(x, weight), weight);
          Variable y =
              GradMode.section(() -> mul(GradMode.section(inner), GradMode.section(() -> exp(x))));
          return sum(GradMode.section(() -> layer(y, weight)));
        });
  }

  @Test
  void viewsDetachedPartsAndSectionsThatAddNothing() {
    same(
        (x, weight) -> {
          Variable passed = GradMode.section(() -> x);
          Variable view = GradMode.section(() -> reshape(square(passed), N * N / 4, 4));
          Variable flat = GradMode.section(() -> reshape(view, N, N));
          Variable half = GradMode.section(() -> mul(flat, exp(flat).detach()));
          return GradMode.section(() -> sum(matmul(half, weight)));
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void randomGraphs(long seed) {
    same(
        (x, weight) -> {
          Random random = new Random(seed);
          List<Variable> known = new ArrayList<>(List.of(x, weight));
          for (int i = 0; i < 12; i++) {
            Variable a = known.get(random.nextInt(known.size()));
            Variable b = known.get(random.nextInt(known.size()));
            int kind = random.nextInt(4);
            known.add(
                GradMode.section(
                    () ->
                        switch (kind) {
                          case 0 -> sigmoid(add(a, b));
                          case 1 -> scale(matmul(a, gelu(b)), 0.1f);
                          case 2 -> mul(sigmoid(a), sigmoid(mul(a, b)));
                          default -> reshape(relu(sub(a, b)), N, N);
                        }));
          }
          return sum(known.stream().reduce((a, b) -> add(scale(a, 0.5f), b)).orElseThrow());
        });
  }

  @Test
  void aSectionOfConstantsIsAConstant() {
    try (Scope _ = Scope.open();
        Checkpointing _ = Checkpointing.on()) {
      Variable constant = Variable.constant(Tensor.full(2f, N, N));
      assertThat(GradMode.section(() -> exp(constant)).requiresGrad()).isFalse();
    }
  }

  @Test
  void onlyTheResultsOfSectionsAreKept() {
    Variable weight = leaves(1, 1).getFirst();
    long[] taken = new long[2];
    for (int checkpointing = 0; checkpointing < 2; checkpointing++) {
      long before = HostMemory.takenBytes();
      try (Scope _ = Scope.open();
          Checkpointing _ = Checkpointing.set(checkpointing == 1)) {
        Variable y = square(weight);
        for (int i = 0; i < 10; i++) {
          Variable in = y;
          y = GradMode.section(() -> layer(in, weight));
        }
        taken[checkpointing] = HostMemory.takenBytes() - before;
        sum(y).backward();
      }
      assertThat(HostMemory.takenBytes()).isEqualTo(before);
    }
    // The first square and ten results of ten sections.
    assertThat(taken[1]).isEqualTo(11 * BYTES);
    assertThat(taken[0]).isGreaterThan(4 * taken[1]);
  }

  @Test
  void theModeEndsWithItsBlock() {
    try (Checkpointing _ = Checkpointing.on()) {
      try (Checkpointing _ = Checkpointing.set(false)) {
        assertThat(Checkpointing.active()).isFalse();
      }
      assertThat(Checkpointing.active()).isTrue();
    }
    assertThat(Checkpointing.active()).isFalse();
  }
}
