package org.stabledino.nn;

import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.autograd.Variable;

/**
 * Linear layers with ReLUs in between; parameter paths are {@code layers.0}, {@code layers.1} ….
 *
 * {@snippet :
 * Mlp boxes = new Mlp(256, 256, 4, 3);
 * boxes.initialize(Rng.of(60));
 * Variable offsets = boxes.forward(Variable.constant(Tensor.zeros(2, 900, 256)));
 * assert offsets.shape().equals(Shape.of(2, 900, 4));
 * }
 */
public final class Mlp extends Module {
  private final List<Linear> layers;

  /**
   * A multi-layer perceptron.
   *
   * @param in input channels
   * @param hidden channels between the layers
   * @param out output channels
   * @param depth how many layers, at least 1
   */
  public Mlp(int in, int hidden, int out, int depth) {
    layers =
        children(
            "layers",
            IntStream.range(0, depth)
                .mapToObj(i -> new Linear(i == 0 ? in : hidden, i == depth - 1 ? out : hidden))
                .toList());
  }

  /**
   * Applies the layers.
   *
   * @param x shape [..., in]
   * @return shape [..., out]
   */
  public Variable forward(Variable x) {
    try (var _ = enter()) {
      Variable y = x;
      for (Linear layer : layers.subList(0, layers.size() - 1)) {
        y = layer.forwardRelu(y);
      }
      return last().forward(y);
    }
  }

  /**
   * The layer without a ReLU, which detectors initialise in their own way.
   *
   * @return the last layer
   */
  public Linear last() {
    return layers.getLast();
  }
}
