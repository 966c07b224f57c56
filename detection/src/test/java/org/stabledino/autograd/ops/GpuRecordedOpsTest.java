package org.stabledino.autograd.ops;

import org.junit.jupiter.api.Tag;
import org.stabledino.cuda.OnGpu;
import org.stabledino.tensor.Device;

/** The recorded ops on the machine's own GPU. */
@Tag("parity")
@Tag("gpu")
class GpuRecordedOpsTest extends RecordedOpsTest {

  @Override
  protected Device device() {
    return OnGpu.device();
  }
}
