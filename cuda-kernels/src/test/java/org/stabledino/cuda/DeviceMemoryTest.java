package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.Backend.MemoryPeak;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The caching allocator, on the stand-in driver. */
class DeviceMemoryTest {
  private CudaBackend backend;

  @BeforeEach
  void open() {
    StandIn.mend();
    backend = CudaBackend.open(Device.cuda(0), new CudaBackend.Settings(false, false, false));
  }

  @Test
  void aScopeGivesItsMemoryBackAndTheNextOneTakesIt() {
    long[] cached = new long[5];
    for (int step = 0; step < cached.length; step++) {
      try (Scope _ = Scope.open()) {
        Tensor x = backend.upload(Tensor.full(step, 1000, 10));
        Tensor y = backend.empty(DType.FLOAT32, Shape.of(9_900));
        backend.elementwise().affine(x.reshape(10_000).narrow(0, 9_900), 2f, 0f, y);
        assertThat(backend.download(y).toFloats()).containsOnly(2f * step);
        assertThat(backend.memory().takenBytes()).isGreaterThanOrEqualTo(2 * 4 * 9_900);
      }
      assertThat(backend.memory().takenBytes()).isZero();
      cached[step] = backend.memory().cachedBytes();
    }
    assertThat(cached).containsOnly(cached[0]);
    backend.memory().trim();
    assertThat(backend.memory().cachedBytes()).isZero();
  }

  @Test
  void thePeakIsWhatWasInUseAtATime() {
    for (int i = 0; i < 3; i++) {
      try (Scope _ = Scope.open()) {
        backend.empty(DType.FLOAT32, Shape.of(1 << 18));
        backend.empty(DType.FLOAT32, Shape.of(1 << 18));
      }
    }
    assertThat(backend.memoryPeak()).isEqualTo(new MemoryPeak(2 << 20, 2 << 20));
    backend.memory().trim();
    backend.resetMemoryPeak();
    try (Scope _ = Scope.open()) {
      backend.empty(DType.FLOAT32, Shape.of(1 << 18));
    }
    try (Scope _ = Scope.open()) {
      backend.empty(DType.FLOAT32, Shape.of(1 << 19));
    }
    assertThat(backend.memoryPeak()).isEqualTo(new MemoryPeak(2 << 20, 3 << 20));
  }

  @Test
  void aTensorThatIsKeptOutlivesItsScopeAndAnotherDoesNot() {
    Tensor kept;
    Tensor lost;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(backend.upload(Tensor.full(3f, 7)));
      lost = backend.upload(Tensor.full(4f, 7));
    }
    assertThat(backend.download(kept).toFloats()).containsOnly(3f);
    assertThatThrownBy(() -> backend.download(lost))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("memory was given back");
  }

  @Test
  void anAllocationThatDoesNotFitSaysHowMuchAndWhatHelps() {
    assertThatThrownBy(() -> backend.empty(DType.INT64, Shape.of(600_000_000)))
        .isInstanceOf(DriverException.class)
        .hasMessageContaining("use a smaller batch or smaller images");
  }

  @Test
  void everyTypeMakesTheWayThereAndBack() {
    assertThat(backend.download(backend.upload(Tensor.of(new long[] {1L << 40, -7}, 2))).longs())
        .containsExactly(1L << 40, -7);
    Tensor bytes = Tensor.of(DType.UINT8, new byte[] {1, 2, 3, 4, 5}, 5);
    assertThat(backend.download(backend.upload(bytes.narrow(1, 4))).bytes()).startsWith(2, 3, 4);
    assertThatThrownBy(() -> backend.elementwise().fill(bytes, 0f))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Backend.upload");
  }
}
