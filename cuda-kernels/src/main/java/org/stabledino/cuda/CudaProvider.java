package org.stabledino.cuda;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;
import org.stabledino.tensor.Device;

/**
 * Announces the CUDA backend to the tensor module.
 *
 * <p>This version of the project holds no CUDA kernels: asking for the device says so, and names
 * the device that works.
 */
public final class CudaProvider implements Backend.Provider {

  /** Made by {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public Device.Type type() {
    return Device.Type.CUDA;
  }

  @Override
  public Backend open(Device device) {
    throw new BackendUnavailableException(
        "device %s is not available: this version holds no CUDA kernels; use the device cpu"
            .formatted(device));
  }
}
