package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.List;

/** Several arrays as one, to be compared at once. */
final class Flat {
  private final List<float[]> parts = new ArrayList<>();

  /**
   * Adds a gradient as what can be compared beside others of any size: divided by its norm, and the
   * logarithm of the norm.
   */
  void addDirection(float[] gradient) {
    double squares = 0;
    for (float value : gradient) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    float[] direction = new float[gradient.length + 1];
    for (int i = 0; i < gradient.length; i++) {
      direction[i] = norm == 0 ? 0 : (float) (gradient[i] / norm);
    }
    direction[gradient.length] = (float) Math.log(norm + 1e-30);
    parts.add(direction);
  }

  float[] values() {
    return join(parts.toArray(float[][]::new));
  }

  static float[] join(float[]... parts) {
    int size = 0;
    for (float[] part : parts) {
      size += part.length;
    }
    float[] all = new float[size];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
