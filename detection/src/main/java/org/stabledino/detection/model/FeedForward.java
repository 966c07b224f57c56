package org.stabledino.detection.model;

import org.stabledino.autograd.Variable;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;

/** Two linear layers with a ReLU between them. */
final class FeedForward extends Module {
  private final Linear expand;
  private final Linear contract;

  FeedForward(int channels, int hidden) {
    expand = child("layers.0.0", new Linear(channels, hidden));
    contract = child("layers.1", new Linear(hidden, channels));
  }

  /** From and to [B, N, C]. */
  Variable forward(Variable x) {
    try (var _ = enter()) {
      return contract.forward(expand.forwardRelu(x));
    }
  }
}
