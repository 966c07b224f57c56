package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractConvolution;

final class ScalarConvolutionTest extends BackendContractConvolution {

  @Override
  protected Backend backend() {
    return TestBackends.SCALAR;
  }
}
