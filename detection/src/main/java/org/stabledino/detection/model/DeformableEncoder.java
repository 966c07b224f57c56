package org.stabledino.detection.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Module;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/** The encoder: layers one after the other, and the fusion of what they make. */
final class DeformableEncoder extends Module {
  private final List<DeformableEncoderLayer> layers;
  private final MemoryFusion fusion;

  DeformableEncoder(TransformerConfig config, int levels, MemoryFusion fusion) {
    this.fusion = fusion;
    layers =
        children(
            "layers",
            IntStream.range(0, config.encoderLayers())
                .mapToObj(_ -> new DeformableEncoderLayer(config, levels))
                .toList());
  }

  /**
   * Encodes tokens.
   *
   * @param tokens of all levels, without position code, [B, S, C]
   * @param position code that broadcasts to the tokens
   * @param levels extents of the feature levels
   * @param references token centres on each level, [B, S, L, 2]
   * @param padding bool [B, S], nullable
   * @return the tokens, what each layer made of them, and last the memory, each [B, S, C]
   */
  List<Variable> forward(
      Variable tokens, Variable position, Levels levels, Variable references, Tensor padding) {
    try (var _ = enter()) {
      List<Variable> states = new ArrayList<>();
      states.add(tokens);
      Variable x = tokens;
      for (DeformableEncoderLayer layer : layers) {
        Variable in = x;
        states.add(
            GradMode.section(() -> layer.forward(in, position, levels, references, padding)));
        x = fusion.afterLayer(states);
      }
      states.add(x);
      return states;
    }
  }
}
