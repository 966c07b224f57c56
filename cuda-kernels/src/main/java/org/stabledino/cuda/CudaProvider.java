package org.stabledino.cuda;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;
import org.stabledino.tensor.Device;

/** Announces the CUDA backend to the tensor module. */
public final class CudaProvider implements Backend.Provider {

  /**
   * The system property that gives every tensor a piece of device memory of just its length, so
   * that tools that watch its borders see every step beyond; slow.
   */
  static final String EXACT_MEMORY = "stabledino.cuda.exactMemory";

  /** Made by {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public Device.Type type() {
    return Device.Type.CUDA;
  }

  @Override
  public Backend.Diagnosis diagnose() {
    return CudaProbe.result().diagnosis();
  }

  @Override
  public Backend open(Device device) {
    CudaProbe.Result machine = CudaProbe.result();
    Backend.Diagnosis diagnosis = machine.diagnosis();
    if (!diagnosis.usable()) {
      throw new BackendUnavailableException(
          "device %s is not available: %s; or use the device cpu"
              .formatted(device, diagnosis.missing().getFirst()));
    }
    if (!machine.ordinals().contains(device.index())) {
      throw new BackendUnavailableException(
          "device %s is not available: this machine has %s"
              .formatted(device, String.join("; ", diagnosis.found())));
    }
    boolean tf32 = Boolean.getBoolean("stabledino.cuda.tf32");
    boolean exactMemory = Boolean.getBoolean(EXACT_MEMORY);
    return CudaBackend.open(device, new CudaBackend.Settings(machine.blas(), tf32, exactMemory));
  }
}
