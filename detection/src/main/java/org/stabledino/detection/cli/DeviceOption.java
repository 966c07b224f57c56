package org.stabledino.detection.cli;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Option;

/** Where a command computes. */
final class DeviceOption {
  /** How far GPUs can be trusted. */
  static final String CUDA_STATE =
      "the kernels are verified on a stand-in for the driver only; no speed is known";

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
   * @return the device
   * @throws org.stabledino.tensor.BackendUnavailableException if this machine does not have it
   */
  Device open() {
    Device device = new Device(type, 0);
    Backend.of(device);
    if (type == Device.Type.CUDA) {
      System.err.println("--device cuda: " + CUDA_STATE);
    }
    return device;
  }
}
