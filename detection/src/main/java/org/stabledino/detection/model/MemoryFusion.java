package org.stabledino.detection.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.autograd.Variable;

/**
 * Memory fusion (paper, Sec. 3): what the decoder reads is made of several layers of the encoder,
 * so that features close to the backbone's reach it directly.
 *
 * <p>With n layers, input {@code x_0} (without position code) and outputs {@code x_1 ... x_n}:
 *
 * <ul>
 *   <li>dense: {@code LN(W [x_0, x_1, ..., x_n])}
 *   <li>simple: {@code LN(W [x_n, x_0])}
 *   <li>U-like: the output of layer n-i is fused with the input of layer i+1, {@code x_(n-i) <-
 *       LN(W_i [x_(n-i), x_i])}, for all {@code i < n/2}; the next layer reads the fused tokens,
 *       and the outermost pair (last output, encoder input) comes last
 *   <li>none: {@code x_n}
 * </ul>
 */
final class MemoryFusion {
  private final Fusion kind;
  private final int layers;
  private final Map<String, FusionLayer> modules = new LinkedHashMap<>();

  MemoryFusion(TransformerConfig config) {
    kind = config.fusion();
    layers = config.encoderLayers();
    int channels = config.embedDim();
    switch (kind) {
      case NONE -> {}
      case SIMPLE -> modules.put("fusion_run", new FusionLayer(2, channels));
      case DENSE -> modules.put("encoder.fusion_layer", new FusionLayer(layers + 1, channels));
      case U_LIKE -> {
        for (int i = 0; 2 * i < layers; i++) {
          modules.put(uName(i), new FusionLayer(2, channels));
        }
      }
    }
  }

  private static String uName(int i) {
    return "encoder.fusion_layers." + i;
  }

  /** The learned layers by their path in the transformer. */
  Map<String, FusionLayer> modules() {
    return modules;
  }

  /**
   * What follows layer n-i of the encoder.
   *
   * @param states {@code x_0} and the outputs so far, the last one this layer's, each [B, S, C]
   * @return what the next layer reads, or the memory after the last, [B, S, C]
   */
  Variable afterLayer(List<Variable> states) {
    int i = layers - (states.size() - 1);
    Variable output = states.getLast();
    return switch (kind) {
      case NONE -> output;
      case SIMPLE ->
          i > 0 ? output : modules.get("fusion_run").forward(List.of(output, states.getFirst()));
      case DENSE -> i > 0 ? output : modules.get("encoder.fusion_layer").forward(states);
      case U_LIKE ->
          2 * i < layers ? modules.get(uName(i)).forward(List.of(output, states.get(i))) : output;
    };
  }
}
