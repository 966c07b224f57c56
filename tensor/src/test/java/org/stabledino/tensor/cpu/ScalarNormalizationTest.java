package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractNormalization;

final class ScalarNormalizationTest extends BackendContractNormalization {

  @Override
  protected Backend backend() {
    return TestBackends.SCALAR;
  }
}
