package org.stabledino.bench;

import java.util.Locale;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * A benchmark that runs on any device: its operands lie there, and its kernels come from that
 * device's backend.
 *
 * <p>On a GPU a call returns when its kernel is queued. Waiting after each call would time the
 * wait, too, so one call in {@value #CALLS_A_WAIT} waits for all before it; the mean over an
 * iteration is then the time of the work, or that of queuing it where the GPU is faster.
 */
public abstract class DeviceWorkload extends Workload {
  /** The system property that names the device, {@code cpu} or {@code cuda}. */
  static final String DEVICE_PROPERTY = "stabledino.bench.device";

  /** Where the benchmarks of this JVM compute. */
  protected static final Device DEVICE = device();

  private static final int CALLS_A_WAIT = 16;

  private int calls;

  /** A benchmark whose parameters are not set yet. */
  protected DeviceWorkload() {}

  /** The device that the property names. */
  static Device device() {
    String name = System.getProperty(DEVICE_PROPERTY, "cpu").toUpperCase(Locale.ROOT);
    return new Device(Device.Type.valueOf(name), 0);
  }

  /** Whether it is the machine's own processors. */
  static boolean onCpu() {
    return device().equals(Device.CPU);
  }

  /** Whether the benchmark class of this name runs elsewhere than on the CPU. */
  static boolean runsOnDevices(String name) {
    try {
      return DeviceWorkload.class.isAssignableFrom(
          Class.forName(name, false, DeviceWorkload.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(name, e);
    }
  }

  /**
   * The backend to measure.
   *
   * @return the device's
   */
  protected static Backend backend() {
    return Backend.of(DEVICE);
  }

  /**
   * Random operands.
   *
   * @return a generator of tensors on the device
   */
  protected static Inputs inputs() {
    return new Inputs(DEVICE);
  }

  /**
   * Memory for a result.
   *
   * @param dims the extents
   * @return a float32 tensor on the device, its content undefined
   */
  protected static Tensor empty(int... dims) {
    return backend().empty(DType.FLOAT32, Shape.of(dims));
  }

  /**
   * The end of a benchmark's method.
   *
   * @param result what the call has computed, not empty
   * @return the same
   */
  protected final Tensor done(Tensor result) {
    if (!DEVICE.equals(Device.CPU) && ++calls % CALLS_A_WAIT == 0) {
      backend().download(result.reshape(result.size()).narrow(0, 1));
    }
    return result;
  }
}
