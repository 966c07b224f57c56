package org.stabledino.nn.optim;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.tensor.Tensor;

/** Hands leaves the gradients that a test wants them to have. */
final class LeafGradients {
  private LeafGradients() {}

  /** Gives a leaf this gradient, by passing it back through an identity. */
  static void give(Variable leaf, Tensor grad) {
    Ops.reshape(leaf, leaf.shape().dims()).backward(grad);
  }
}
