package org.stabledino.detection.cli;

import org.stabledino.detection.UserException;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Option;

/** Where a command computes. */
final class DeviceOption {
  /** How far the commands are with GPUs. */
  static final String CUDA_STATE =
      "its kernels are verified on a stand-in for the driver only, and the model does not use them "
          + "yet; use --device cpu";

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda",
      defaultValue = "cpu",
      description = "Where to compute (default: ${DEFAULT-VALUE}).")
  private Device.Type type;

  /** Whether it is the machine's own processors. */
  boolean isCpu() {
    return type == Device.Type.CPU;
  }

  /**
   * Opens the device before any work is done.
   *
   * @throws org.stabledino.tensor.BackendUnavailableException if this machine does not have it
   * @throws UserException if it has, but the model cannot use it
   */
  void open() {
    if (type == Device.Type.CUDA) {
      Backend.of(Device.cuda(0));
      throw new UserException("--device cuda: " + CUDA_STATE);
    }
  }
}
