package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Which cuBLAS is taken, on the stand-ins for versions 12 and 13. */
class CublasLibraryTest {
  private static final int DRIVER_12 = 12_060;
  private static final int DRIVER_13 = 13_000;

  @BeforeEach
  void load() {
    StandIn.mend();
  }

  @AfterEach
  void forget() {
    System.clearProperty(CublasLibrary.PROPERTY);
  }

  private static String file(int major) {
    return StandInBuild.driver().resolve("libcublas.so." + major).toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 13})
  void eitherVersionMultiplies(int major) {
    System.setProperty(CublasLibrary.PROPERTY, file(major));
    CublasLibrary library = CublasLibrary.find(DRIVER_13).orElseThrow();
    assertThat(library.version()).isEqualTo(major + ".0.0");
    CudaBackend backend =
        CudaBackend.open(Device.cuda(0), new CudaBackend.Settings(library, false, true));
    // A view that does not start where its memory does.
    Tensor a = backend.upload(Tensor.of(new float[] {9, 9, 1, 2, 3, 4}, 3, 2)).narrow(1, 3);
    Tensor b = backend.upload(Tensor.of(new float[] {5, 6, 7, 8}, 2, 2));
    Tensor out = backend.empty(DType.FLOAT32, Shape.of(2, 2));
    backend.matmul().gemm(false, false, a, b, null, Activation.NONE, false, out);
    assertThat(backend.download(out).toFloats()).containsExactly(19, 22, 43, 50);
    backend.matmul().gemm(true, false, a, b, null, Activation.NONE, true, out);
    assertThat(backend.download(out).toFloats())
        .containsExactly(19 + 26, 22 + 30, 43 + 38, 50 + 44);
  }

  @Test
  void versionThirteenComesFirstWhereTheDriverRunsIt() {
    assertThat(CublasLibrary.candidates(DRIVER_13))
        .startsWith("libcublas.so.13", "libcublas.so.12")
        .contains("/usr/local/cuda/lib64/libcublas.so.13");
    assertThat(CublasLibrary.candidates(DRIVER_12))
        .startsWith("libcublas.so.12")
        .noneMatch(name -> name.endsWith(".13"));
  }

  @Test
  void aLibraryThatIsNotThereIsNoneAndTheFixIsSaid() {
    System.setProperty(CublasLibrary.PROPERTY, "/nowhere/libcublas.so.13");
    assertThat(CublasLibrary.find(DRIVER_13)).isEmpty();
    assertThat(CublasLibrary.missing(DRIVER_13))
        .contains("/nowhere/libcublas.so.13", "own slower kernel", "CUDA 12 or 13");
    System.clearProperty(CublasLibrary.PROPERTY);
    assertThat(CublasLibrary.missing(DRIVER_12))
        .startsWith("no cuBLAS: libcublas.so.12 cannot be loaded")
        .contains("-Dstabledino.cublas=FILE");
    assertThat(CublasLibrary.open(StandInBuild.driver().resolve("libcuda.so.1").toString()))
        .as("a library without cuBLAS' functions")
        .isEmpty();
  }

  @Test
  void aCallThatFailsSaysWhichAndWhy() {
    CublasLibrary library = StandIn.cublas();
    assertThatThrownBy(() -> library.check(7, "cublasSgemm"))
        .isInstanceOf(DriverException.class)
        .hasMessage("cublasSgemm failed with an invalid value");
    assertThat(CublasLibrary.rethrow(new Exception("checked"))).hasMessageContaining("checked");
  }
}
