package org.stabledino.cuda;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendContractLosses;
import org.stabledino.tensor.Tensor;

/** The contract on the stand-in driver. */
class CudaLossesTest extends BackendContractLosses {

  @Override
  protected Backend backend() {
    return OnStandIn.blas();
  }

  @Override
  protected Tensor upload(Tensor host) {
    return backend().upload(host);
  }

  @Override
  protected float[] download(Tensor tensor) {
    return backend().download(tensor).toFloats();
  }

  @Override
  protected int[] downloadInts(Tensor tensor) {
    return OnStandIn.ints(backend(), tensor);
  }
}
