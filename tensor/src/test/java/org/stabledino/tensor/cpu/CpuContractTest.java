package org.stabledino.tensor.cpu;

import org.junit.jupiter.api.Nested;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractElementwise;
import org.stabledino.tensor.BackendContractIndexing;
import org.stabledino.tensor.BackendContractMatmul;
import org.stabledino.tensor.BackendContractOptimizer;

/** Runs the backend contract on both forms of the loops. */
class CpuContractTest {

  @Nested
  class VectorElementwise extends BackendContractElementwise {
    @Override
    protected Backend backend() {
      return TestBackends.VECTOR;
    }
  }

  @Nested
  class ScalarElementwise extends BackendContractElementwise {
    @Override
    protected Backend backend() {
      return TestBackends.SCALAR;
    }
  }

  @Nested
  class VectorIndexing extends BackendContractIndexing {
    @Override
    protected Backend backend() {
      return TestBackends.VECTOR;
    }
  }

  @Nested
  class ScalarIndexing extends BackendContractIndexing {
    @Override
    protected Backend backend() {
      return TestBackends.SCALAR;
    }
  }

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

  @Nested
  class VectorOptimizer extends BackendContractOptimizer {
    @Override
    protected Backend backend() {
      return TestBackends.VECTOR;
    }
  }

  @Nested
  class ScalarOptimizer extends BackendContractOptimizer {
    @Override
    protected Backend backend() {
      return TestBackends.SCALAR;
    }
  }
}
