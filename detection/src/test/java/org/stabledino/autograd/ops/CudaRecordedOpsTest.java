package org.stabledino.autograd.ops;

import org.junit.jupiter.api.Tag;
import org.stabledino.cuda.StandIn;
import org.stabledino.tensor.Device;

/** The recorded ops on the stand-in for a GPU. It lives here since this module knows both. */
@Tag("parity")
@Tag("standin")
class CudaRecordedOpsTest extends RecordedOpsTest {

  @Override
  protected Device device() {
    return StandIn.device();
  }
}
