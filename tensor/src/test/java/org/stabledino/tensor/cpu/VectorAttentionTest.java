package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractAttention;

final class VectorAttentionTest extends BackendContractAttention {

  @Override
  protected Backend backend() {
    return TestBackends.VECTOR;
  }
}
