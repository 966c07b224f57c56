package org.stabledino.cuda;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.BackendUnavailableException;
import org.stabledino.tensor.Device;

/**
 * The machine's own GPU, for tests tagged {@code gpu}: they run only where they are asked for, and
 * a machine without a GPU fails them.
 */
public final class OnGpu {
  private static Backend own;

  private OnGpu() {}

  /**
   * The first GPU, with all that the probe has found.
   *
   * @return the device
   * @throws BackendUnavailableException if there is none
   */
  public static Device device() {
    return blas().device();
  }

  /** The backend as commands get it: products by cuBLAS where there is one. */
  static Backend blas() {
    return Backend.of(Device.cuda(0));
  }

  /** The same GPU, products by the own kernel. */
  static synchronized Backend own() {
    blas();
    if (own == null) {
      own =
          Backend.checked(
              CudaBackend.open(Device.cuda(0), new CudaBackend.Settings(false, false, false)));
    }
    return own;
  }
}
