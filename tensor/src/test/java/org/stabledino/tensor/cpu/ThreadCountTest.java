package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.Tensor;

/** Every kernel gives the same bits, whatever the number of threads. */
class ThreadCountTest {
  private static final List<float[]> ONE_THREAD = results(new Parallel(1));
  private static final List<Parallel> POOLS = new ArrayList<>();

  @AfterAll
  static void shutdown() {
    POOLS.forEach(Parallel::shutdown);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void bitsAreTheSame(int threads) {
    Parallel parallel = new Parallel(threads);
    POOLS.add(parallel);
    List<float[]> results = results(parallel);
    for (int i = 0; i < results.size(); i++) {
      assertThat(results.get(i)).as("result " + i).isEqualTo(ONE_THREAD.get(i));
    }
  }

  private static Tensor random(SplittableRandom random, int... dims) {
    Tensor tensor = Tensor.zeros(dims);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = (float) random.nextDouble(-1, 1);
    }
    return tensor;
  }

  private static List<float[]> results(Parallel parallel) {
    CpuBackend backend = TestBackends.vector(parallel);
    SplittableRandom random = new SplittableRandom(3);
    List<float[]> results = new ArrayList<>();
    for (int[] size : new int[][] {{300, 200, 700}, {1000, 33, 40}, {64, 65, 3000}}) {
      int m = size[0];
      int n = size[1];
      int k = size[2];
      for (int variant = 0; variant < 4; variant++) {
        boolean transposeA = (variant & 1) != 0;
        boolean transposeB = (variant & 2) != 0;
        Tensor a = transposeA ? random(random, k, m) : random(random, m, k);
        Tensor b = transposeB ? random(random, n, k) : random(random, k, n);
        Tensor out = Tensor.zeros(m, n);
        backend.matmul().gemm(transposeA, transposeB, a, b, null, Activation.NONE, false, out);
        results.add(out.toFloats());
      }
    }
    Tensor logits = random(random, 700, 90);
    Tensor grad = Tensor.zeros(700, 90);
    Tensor loss = Tensor.zeros(1);
    Tensor labels = Tensor.of(new int[700], 700);
    backend
        .losses()
        .classLoss(
            new LossKernels.Focus(0.25, 2, true),
            logits,
            labels,
            random(random, 700),
            1,
            loss,
            grad);
    results.add(loss.toFloats());
    results.add(grad.toFloats());
    Tensor x = random(random, 8, 100, 259);
    Tensor out = Tensor.zeros(8, 100, 259);
    backend.elementwise().unary(Unary.GELU, x, out);
    results.add(out.toFloats());
    backend.elementwise().binary(Binary.ADD, x, random(random, 100, 1), out);
    results.add(out.toFloats());
    for (int[] dims : new int[][] {{}, {259}, {100, 1}, {8, 1, 259}, {8, 1, 1}, {1, 100, 1}}) {
      Tensor sum = Tensor.zeros(dims);
      backend.indexing().sumTo(x, sum);
      results.add(sum.toFloats());
    }
    Tensor squares = Tensor.of(new double[1], 1);
    backend.optimizer().sumOfSquares(List.of(x), squares);
    results.add(new float[] {(float) squares.doubles()[0]});
    return results;
  }
}
