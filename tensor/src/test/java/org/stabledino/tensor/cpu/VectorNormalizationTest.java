package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractNormalization;

final class VectorNormalizationTest extends BackendContractNormalization {

  @Override
  protected Backend backend() {
    return TestBackends.VECTOR;
  }
}
