package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractAttention;

final class ScalarAttentionTest extends BackendContractAttention {

  @Override
  protected Backend backend() {
    return TestBackends.SCALAR;
  }
}
