package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractConvolution;

final class VectorConvolutionTest extends BackendContractConvolution {

  @Override
  protected Backend backend() {
    return TestBackends.VECTOR;
  }
}
