package org.stabledino.detection.cli;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Option;

/** Where a command computes. */
final class DeviceOption {

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda",
      defaultValue = "cpu",
      description = "Where to compute (default: ${DEFAULT-VALUE}).")
  private Device.Type type;

  /**
   * Opens the device before any work is done.
   *
   * @throws org.stabledino.tensor.BackendUnavailableException if this machine does not have it
   */
  void open() {
    Backend.of(type == Device.Type.CPU ? Device.CPU : Device.cuda(0));
  }
}
