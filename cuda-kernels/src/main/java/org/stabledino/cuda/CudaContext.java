package org.stabledino.cuda;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * One device's primary context and the stream on which everything runs in order.
 *
 * <p>The driver keeps a current context for each thread; {@link #bind} sets it on a thread's first
 * call and is cheap on all later ones.
 */
final class CudaContext {
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final ThreadLocal<Boolean> bound = ThreadLocal.withInitial(() -> false);

  /** Opens the device with this number. */
  CudaContext(int index) {
    CUdevice device = new CUdevice();
    Driver.check(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet");
    Driver.check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    bind();
    // A default stream would wait for the null stream, which other libraries may use.
    Driver.check(
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        "cuStreamCreate");
  }

  /** Makes the context this thread's current one. */
  void bind() {
    if (!bound.get()) {
      Driver.check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
      bound.set(true);
    }
  }

  /** The one stream. */
  CUstream stream() {
    return stream;
  }
}
