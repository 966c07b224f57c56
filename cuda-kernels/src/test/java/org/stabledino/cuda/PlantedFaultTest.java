package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Faults planted into kernels are found by the stand-in. */
class PlantedFaultTest {
  private static final Levels LEVELS = new Levels(new int[] {4}, new int[] {5});

  @AfterEach
  void mend() {
    StandIn.mend();
  }

  private static CudaBackend faulty(String file, String name, String right, String wrong) {
    return StandIn.faulty(
        file,
        name,
        source -> {
          assertThat(source).contains(right);
          return source.replace(right, wrong);
        });
  }

  private static float[] columnSums(CudaBackend backend) {
    float[] ones = new float[64 * 40];
    java.util.Arrays.fill(ones, 1f);
    Tensor x = backend.upload(Tensor.of(ones, 64, 40));
    Tensor out = backend.empty(DType.FLOAT32, Shape.of(40));
    backend.indexing().sumTo(x, out);
    return backend.download(out).toFloats();
  }

  @Test
  void theProductsOwnKernelsAreRight() {
    assertThat(columnSums(StandIn.backend(true))).containsOnly(64f);
  }

  @Test
  void aRemovedBarrierChangesTheSum() {
    CudaBackend backend =
        faulty(
            "sums.cu",
            "removed-barrier",
            "sums[threadIdx.y][threadIdx.x] = sum;\n  __syncthreads();",
            "sums[threadIdx.y][threadIdx.x] = sum;");
    assertThat(columnSums(backend)).isNotEqualTo(columnSums(StandIn.backend(true)));
  }

  @Test
  void aBarrierThatSomeThreadsSkipIsAnError() {
    CudaBackend backend =
        faulty(
            "sums.cu",
            "early-return",
            "  double sum = 0;\n  if (column < n) {",
            """
              double sum = 0;
              if (column >= n) {
                return;
              }
              {
            """);
    assertThatThrownBy(() -> columnSums(backend))
        .isInstanceOf(DriverException.class)
        .hasMessageContaining("kernel sumMiddle: divergent barrier at sums.cu:")
        .hasMessageContaining("64 of 256 threads reached it");
  }

  @Test
  void oneElementTooManyHitsTheCanary() {
    CudaBackend backend =
        faulty(
            "elementwise.cu",
            "off-by-one",
            "out[i] = scale * x[i] + shift;",
            "out[i + 1] = scale * x[i] + shift;");
    Tensor x = backend.upload(Tensor.full(1f, 1000));
    assertThatThrownBy(() -> backend.elementwise().affine(x, 2f, 0f, x))
        .isInstanceOf(DriverException.class)
        .hasMessageContaining("kernel affine wrote past the end of an allocation of 4000 bytes");
    assertThatThrownBy(() -> backend.download(x)).isInstanceOf(DriverException.class);
  }

  @Test
  void anElementThatIsNotWrittenIsNaN() {
    CudaBackend backend =
        faulty(
            "elementwise.cu",
            "not-written",
            "out[i] = scale * x[i] + shift;",
            "if (i > 0) out[i] = scale * x[i] + shift;");
    Tensor out = backend.empty(DType.FLOAT32, Shape.of(3));
    backend.elementwise().affine(backend.upload(Tensor.full(1f, 3)), 2f, 0f, out);
    assertThat(backend.download(out).toFloats()).containsExactly(Float.NaN, 2f, 2f);
  }

  @Test
  void aShuffleThatSomeLanesSkipIsAnError() {
    CudaBackend backend =
        faulty(
            "deformable.cu",
            "skipped-shuffle",
            "for (int distance = p.lanes / 2;",
            "for (int distance = works ? p.lanes / 2 : 0;");
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[20 * 8];
    java.util.Arrays.setAll(new double[values.length], i -> values[i] = random.nextInt(9));
    Tensor value = backend.upload(Tensor.of(values, 1, 20, 1, 8));
    Tensor locations = backend.upload(Tensor.full(0.4f, 1, 3, 1, 1, 1, 2));
    Tensor weights = backend.upload(Tensor.full(1f, 1, 3, 1, 1, 1));
    Tensor gradOut = backend.upload(Tensor.full(1f, 1, 3, 8));
    assertThatThrownBy(
            () ->
                backend
                    .attention()
                    .deformableAttentionBackward(
                        gradOut,
                        value,
                        LEVELS,
                        locations,
                        weights,
                        null,
                        null,
                        backend.empty(DType.FLOAT32, weights.shape())))
        .isInstanceOf(DriverException.class)
        .hasMessageContaining("kernel deformableAttentionBackward: divergent shuffle");
  }

  @Test
  void anIndexOutsideItsTensorEndsTheLaunch() {
    CudaBackend backend = StandIn.backend(true);
    Tensor x = backend.upload(Tensor.full(1f, 1, 3, 2));
    Tensor indices = backend.upload(Tensor.of(new int[] {3}, 1, 1));
    Tensor out = backend.empty(DType.FLOAT32, Shape.of(1, 1, 2));
    assertThatThrownBy(() -> backend.indexing().gatherRows(x, indices, out))
        .isInstanceOf(DriverException.class)
        .hasMessageContaining("kernel gatherRows: trap at copies.cu:");
  }

  @Test
  void aClassOutsideTheLogitsEndsTheLaunch() {
    CudaBackend backend = StandIn.backend(true);
    Tensor logits = backend.upload(Tensor.full(0f, 1, 3));
    Tensor label = backend.upload(Tensor.of(new int[] {3}, 1));
    Tensor box = backend.upload(Tensor.full(0.5f, 1, 4));
    Tensor one = backend.upload(Tensor.full(1f, 1, 1));
    Tensor out = backend.empty(DType.FLOAT32, Shape.of(1, 1));
    LossKernels.Cost cost = new LossKernels.Cost(2, 5, 2, 0.5, 0.25, 2);
    assertThatThrownBy(
            () ->
                backend.losses().matchingCosts(cost, logits, label, box, box, one, null, null, out))
        .isInstanceOf(DriverException.class)
        .hasMessageContaining("kernel matchingCosts: trap at losses.cu:");
  }
}
