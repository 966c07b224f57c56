package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Tensor;

/**
 * A table of learned vectors.
 *
 * {@snippet :
 * Embedding labels = new Embedding(80, 256);
 * labels.initialize(Rng.of(60));
 * Variable vectors = labels.forward(Tensor.of(new int[] {3, 17}, 2));
 * assert vectors.shape().equals(Shape.of(2, 256));
 * }
 */
public final class Embedding extends Module {
  private final Parameter weight;

  /**
   * A table.
   *
   * @param count vectors
   * @param dim their length
   */
  public Embedding(int count, int dim) {
    weight = parameter("weight", count, dim);
  }

  /**
   * Looks vectors up.
   *
   * @param indices int32, any shape, each in 0..count-1
   * @return the shape of the indices, then dim
   */
  public Variable forward(Tensor indices) {
    try (var _ = enter()) {
      return Ops.embedding(weight, indices);
    }
  }

  /**
   * The whole table.
   *
   * @return shape [count, dim]
   */
  public Parameter weight() {
    return weight;
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.normal(weight.data(), 0f, 1f, rng);
  }
}
