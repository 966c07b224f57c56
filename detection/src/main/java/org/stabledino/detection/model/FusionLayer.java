package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.concat;

import java.util.List;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;

/** Several token maps become one: concatenated on channels, projected and normalised. */
final class FusionLayer extends Module {
  private final Linear projection;
  private final LayerNorm norm;

  FusionLayer(int maps, int channels) {
    projection = child("0", new Linear(maps * channels, channels));
    norm = child("1", new LayerNorm(channels));
  }

  /** From maps of [B, S, C] to [B, S, C]. */
  Variable forward(List<Variable> maps) {
    try (var _ = enter()) {
      return norm.forward(projection.forward(concat(-1, maps)));
    }
  }
}
