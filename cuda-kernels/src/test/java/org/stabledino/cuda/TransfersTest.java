package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Copies to and from the device, on the stand-in driver, which makes them as late as it may. */
class TransfersTest {
  private CudaBackend backend;

  @BeforeEach
  void open() {
    StandIn.mend();
    backend = CudaBackend.open(Device.cuda(0), new CudaBackend.Settings(false, false, false));
  }

  @Test
  void anUploadTakesTheElementsAtOnce() {
    float[] values = {1, 2, 3};
    Tensor first = backend.upload(Tensor.of(values, 3));
    values[0] = 4;
    Tensor second = backend.upload(Tensor.of(values, 3));
    values[0] = 5;
    List<Tensor> read = backend.download(List.of(second, first));
    assertThat(read.getFirst().toFloats()).containsExactly(4, 2, 3);
    assertThat(read.getLast().toFloats()).containsExactly(1, 2, 3);
  }

  @Test
  void uploadsDoNotWaitAndADownloadWaitsOnce() {
    List<Tensor> tensors = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      tensors.clear();
      StandIn.waits();
      for (int i = 0; i < 40; i++) {
        tensors.add(backend.upload(Tensor.full(i, 1 + 10 * i)));
      }
      backend.download(tensors);
      tensors.forEach(tensor -> ((CudaStorage) tensor.storage()).recycle());
    }
    // By now memory of both kinds is there.
    assertThat(StandIn.waits()).isEqualTo(Map.of("cuEventSynchronize", 1));
  }

  @Test
  void largeTensorsGoInPartsAndSeveralTypesTogether() {
    int[] many = new int[20_000_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = i;
    }
    Tensor large = backend.upload(Tensor.of(many, many.length));
    Tensor bytes = backend.upload(Tensor.of(DType.UINT8, new byte[] {1, 2, 3}, 3));
    Tensor doubles = backend.upload(Tensor.of(new double[] {Math.PI, -1e300}, 2));
    Tensor none = backend.upload(Tensor.zeros(0));
    List<Tensor> read = backend.download(List.of(bytes, large, none, doubles));
    assertThat(read.get(0).bytes()).containsExactly(1, 2, 3);
    assertThat(read.get(1).ints()).isEqualTo(many);
    assertThat(read.get(2).size()).isZero();
    assertThat(read.get(3).doubles()).containsExactly(Math.PI, -1e300);
  }

  /** What the event of a buffer is for: without it the second upload would overwrite the first. */
  @Test
  void theStandInFindsABufferThatIsUsedTooEarly() {
    Transfers careless =
        new Transfers(backend.context()) {
          @Override
          boolean free(Buffer buffer) {
            return true;
          }
        };
    assertThat(sumOfTwo(new Transfers(backend.context()))).isEqualTo(3f);
    assertThat(sumOfTwo(careless)).isEqualTo(4f);
  }

  private float sumOfTwo(Transfers transfers) {
    Tensor one = backend.empty(DType.FLOAT32, Shape.of(1));
    Tensor two = backend.empty(DType.FLOAT32, Shape.of(1));
    transfers.upload(Tensor.of(new float[] {1}, 1), one);
    transfers.upload(Tensor.of(new float[] {2}, 1), two);
    return backend.download(one).item() + backend.download(two).item();
  }
}
