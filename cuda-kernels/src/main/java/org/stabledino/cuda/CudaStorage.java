package org.stabledino.cuda;

import java.lang.ref.Cleaner;
import jcuda.driver.CUdeviceptr;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Storage;

/**
 * Storage in a GPU's memory.
 *
 * <p>A scope gives it back through {@link #recycle}. What lives outside all scopes, parameters for
 * instance, goes back when the garbage collector finds that nobody refers to it.
 */
final class CudaStorage extends Storage {
  private static final Cleaner CLEANER = Cleaner.create();

  private final DeviceMemory.Block block;
  private final Cleaner.Cleanable lease;

  /** New storage whose content is undefined. */
  CudaStorage(Device device, DType dtype, int length, DeviceMemory memory) {
    super(device, dtype, length);
    block = memory.take((long) length * dtype.bytes());
    lease = CLEANER.register(this, block::close);
  }

  @Override
  protected void recycle() {
    lease.clean();
  }

  /** Nothing to do: the lease ends with the last reference. */
  @Override
  protected void abandon() {}

  /** Where an element lies. */
  CUdeviceptr at(int element) {
    checkAlive();
    return block.at((long) element * dtype().bytes());
  }
}
