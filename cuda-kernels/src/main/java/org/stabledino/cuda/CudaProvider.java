package org.stabledino.cuda;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;
import org.stabledino.tensor.Device;

/** Announces the CUDA backend to the tensor module. */
public final class CudaProvider implements Backend.Provider {

  /** Made by {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  /**
   * What this machine has of what the backend needs, found out once.
   *
   * @return the report
   */
  public static CudaReport report() {
    return CudaProbe.report();
  }

  @Override
  public Device.Type type() {
    return Device.Type.CUDA;
  }

  @Override
  public Backend open(Device device) {
    CudaReport report = report();
    if (!report.usable()) {
      throw new BackendUnavailableException(
          "device %s is not available: %s; or use the device cpu"
              .formatted(device, report.missing().getFirst()));
    }
    if (device.index() >= report.devices().size()) {
      throw new BackendUnavailableException(
          "device %s is not available: this machine has %s"
              .formatted(device, String.join("; ", report.devices())));
    }
    return CudaBackend.open(
        device,
        new CudaBackend.Settings(
            !report.blas().isEmpty(), Boolean.getBoolean("stabledino.cuda.tf32"), false));
  }
}
