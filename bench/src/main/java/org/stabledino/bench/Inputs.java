package org.stabledino.bench;

import java.util.Random;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Tensors of seeded random numbers: kernels must not meet zeros, which a machine may treat as
 * cheap.
 */
public final class Inputs {
  private final Random random = new Random(60);
  private final Device device;

  /** A generator of tensors on the CPU that starts at the same place each time. */
  public Inputs() {
    this(Device.CPU);
  }

  /**
   * A generator of the same numbers elsewhere.
   *
   * @param device where the tensors lie
   */
  public Inputs(Device device) {
    this.device = device;
  }

  /**
   * Uniform in -1..1.
   *
   * @param dims the extents
   * @return a new tensor
   */
  public Tensor uniform(int... dims) {
    return between(-1f, 1f, dims);
  }

  /**
   * Uniform in low..high.
   *
   * @param low smallest value
   * @param high upper bound
   * @param dims the extents
   * @return a new tensor
   */
  public Tensor between(float low, float high, int... dims) {
    Tensor tensor = Tensor.empty(dims);
    float[] values = tensor.floats();
    for (int i = 0; i < tensor.size(); i++) {
      values[i] = low + (high - low) * random.nextFloat();
    }
    return tensor.to(device);
  }

  /**
   * The generator behind the tensors.
   *
   * @return the same each time
   */
  public Random random() {
    return random;
  }
}
