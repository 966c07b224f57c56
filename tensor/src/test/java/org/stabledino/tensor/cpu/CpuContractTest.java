package org.stabledino.tensor.cpu;

import org.junit.jupiter.api.Nested;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractMatmul;

/** Runs the backend contract on both forms of the loops. */
class CpuContractTest {
  @Nested
  class VectorMatmul extends BackendContractMatmul {
    @Override
    protected Backend backend() {
      return TestBackends.VECTOR;
    }
  }

  @Nested
  class ScalarMatmul extends BackendContractMatmul {
    @Override
    protected Backend backend() {
      return TestBackends.SCALAR;
    }
  }
}
