package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract of {@link MatmulKernels}. */
public abstract class BackendContractMatmul extends BackendContract {

  /**
   * Sizes around the micro-kernels' rows and panels, and those where blocking and threads begin.
   */
  static Stream<int[]> sizes() {
    SplittableRandom random = new SplittableRandom(11);
    Stream<int[]> chosen =
        Stream.of(
            new int[] {1, 1, 1},
            new int[] {0, 5, 3},
            new int[] {5, 0, 3},
            new int[] {5, 3, 0},
            new int[] {8, 8, 8},
            new int[] {6, 64, 32},
            new int[] {7, 65, 33},
            new int[] {1, 256, 256},
            new int[] {300, 12, 64},
            new int[] {23, 40, 40},
            new int[] {24, 40, 40},
            new int[] {100, 70, 1100},
            new int[] {97, 130, 600});
    Stream<int[]> drawn =
        Stream.generate(
                () ->
                    new int[] {
                      1 + random.nextInt(40), 1 + random.nextInt(80), 1 + random.nextInt(70)
                    })
            .limit(40);
    return Stream.concat(chosen, drawn);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void gemmMultiplies(int[] size) {
    int m = size[0];
    int n = size[1];
    int k = size[2];
    SplittableRandom random = new SplittableRandom(m * 7L + n * 3L + k);
    for (int variant = 0; variant < 16; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      boolean relu = (variant & 4) != 0;
      boolean withBias = (variant & 8) != 0;
      boolean accumulate = !relu && !withBias && random.nextBoolean();
      Tensor a = transposeA ? normal(random, k, m) : normal(random, m, k);
      Tensor b = transposeB ? normal(random, n, k) : normal(random, k, n);
      Tensor bias = withBias ? normal(random, n) : null;
      float[] before = normals(random, m * n);
      float[] x = a.floats();
      float[] y = b.floats();
      double[] expected = new double[m * n];
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = accumulate ? before[i * n + j] : withBias ? bias.get(j) : 0;
          for (int p = 0; p < k; p++) {
            double left = x[a.offset() + (transposeA ? p * m + i : i * k + p)];
            sum += left * y[b.offset() + (transposeB ? j * k + p : p * n + j)];
          }
          expected[i * n + j] = relu ? Math.max(sum, 0) : sum;
        }
      }
      Tensor out = accumulate ? upload(Tensor.of(before.clone(), m, n)) : output(m, n);
      backend()
          .matmul()
          .gemm(
              transposeA,
              transposeB,
              upload(a),
              upload(b),
              withBias ? upload(bias) : null,
              relu ? Activation.RELU : Activation.NONE,
              accumulate,
              out);
      String what =
          "%dx%dx%d transposeA=%s transposeB=%s relu=%s bias=%s accumulate=%s"
              .formatted(m, n, k, transposeA, transposeB, relu, withBias, accumulate);
      assertClose(what, download(out), expected, 1e-5 * Math.sqrt(k + 1.0), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void batchedGemmMultipliesAndScales(int[] size) {
    int m = Math.min(size[0], 40);
    int n = Math.min(size[1], 60);
    int k = Math.min(size[2], 70);
    SplittableRandom random = new SplittableRandom(m * 7L + n * 3L + k);
    int batch = 1 + random.nextInt(5);
    for (int variant = 0; variant < 4; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      float scale = variant == 0 ? 1f : 0.125f;
      Tensor a = transposeA ? normal(random, batch, k, m) : normal(random, batch, m, k);
      Tensor b = transposeB ? normal(random, batch, n, k) : normal(random, batch, k, n);
      double[] expected = new double[batch * m * n];
      for (int i = 0; i < batch; i++) {
        for (int r = 0; r < m; r++) {
          for (int c = 0; c < n; c++) {
            double sum = 0;
            for (int p = 0; p < k; p++) {
              double left = transposeA ? a.get(i, p, r) : a.get(i, r, p);
              sum += left * (transposeB ? b.get(i, c, p) : b.get(i, p, c));
            }
            expected[(i * m + r) * n + c] = sum * scale;
          }
        }
      }
      Tensor out = output(batch, m, n);
      backend().matmul().batchedGemm(transposeA, transposeB, scale, upload(a), upload(b), out);
      assertClose("batch of " + batch, download(out), expected, 1e-5 * Math.sqrt(k + 1.0), 1e-5);
    }
  }

  @Test
  void gemmNamesTheArgumentThatDoesNotFit() {
    assertThatThrownBy(
            () ->
                backend()
                    .matmul()
                    .gemm(
                        false,
                        false,
                        output(2, 3),
                        output(4, 5),
                        null,
                        Activation.NONE,
                        false,
                        output(2, 5)))
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageContaining("gemm: b must be [3, 5] but is [4, 5]");
  }
}
