package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.stabledino.tensor.Backend;

/** The contract of products by cuBLAS 13, in a JVM whose stand-in has no other version. */
class Cublas13Test extends CudaMatmulTest {

  @BeforeEach
  void only13() {
    Assumptions.assumeTrue(StandIn.CUBLAS == 13, "runs with -Dstandin.cublas=13");
  }

  @Override
  protected Backend backend() {
    Backend backend = super.backend();
    assertThat(new CudaProvider().diagnose().found()).contains("cuBLAS 13.0.0");
    return backend;
  }
}
