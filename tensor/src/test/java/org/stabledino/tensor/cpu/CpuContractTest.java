package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractElementwise;
import org.stabledino.tensor.BackendContractIndexing;
import org.stabledino.tensor.BackendContractLosses;
import org.stabledino.tensor.BackendContractMatmul;
import org.stabledino.tensor.BackendContractOptimizer;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.LossKernels.Cost;
import org.stabledino.tensor.Tensor;

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

  /** The losses have plain loops only. */
  @Nested
  class Losses extends BackendContractLosses {
    @Override
    protected Backend backend() {
      return TestBackends.VECTOR;
    }

    @Test
    void aClassThatIsNotThereIsRefused() {
      Tensor logits = Tensor.zeros(1, 3);
      Tensor label = Tensor.of(new int[] {3}, 1);
      Tensor box = Tensor.full(0.5f, 1, 4);
      Tensor one = Tensor.full(1f, 1, 1);
      Cost cost = new Cost(2, 5, 2, 0.5, 0.25, 2);
      LossKernels losses = backend().losses();
      assertThatThrownBy(
              () ->
                  losses.matchingCosts(
                      cost, logits, label, box, box, one, null, null, Tensor.zeros(1, 1)))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
