package org.stabledino.bench;

import java.util.Random;
import org.stabledino.tensor.Tensor;

/**
 * Tensors of seeded random numbers: kernels must not meet zeros, which a machine may treat as
 * cheap.
 */
final class Inputs {
  private final Random random = new Random(60);

  /** Uniform in -1..1. */
  Tensor uniform(int... dims) {
    return between(-1f, 1f, dims);
  }

  /** Uniform in low..high. */
  Tensor between(float low, float high, int... dims) {
    Tensor tensor = Tensor.empty(dims);
    float[] values = tensor.floats();
    for (int i = 0; i < tensor.size(); i++) {
      values[i] = low + (high - low) * random.nextFloat();
    }
    return tensor;
  }

  /** The generator behind the tensors. */
  Random random() {
    return random;
  }
}
