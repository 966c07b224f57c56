package org.stabledino.detection.model;

import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Mlp;

/**
 * A class head and a box head for each decoder layer, and one more of each, the last, for the
 * encoder's tokens. The model and its decoder both list them among their parameters.
 *
 * @param classes from C to K logits
 * @param boxes from C to offsets of (cx, cy, w, h) in logits
 */
record Heads(List<Linear> classes, List<Mlp> boxes) {

  static Heads of(TransformerConfig config, int numClasses) {
    int count = config.decoderLayers() + 1;
    int channels = config.embedDim();
    return new Heads(
        IntStream.range(0, count).mapToObj(_ -> new Linear(channels, numClasses)).toList(),
        IntStream.range(0, count).mapToObj(_ -> new Mlp(channels, channels, 4, 3)).toList());
  }

  /** The class logits of layer {@code index}, [B, N, K]. */
  Variable logits(int index, Variable features) {
    return classes.get(index).forward(features);
  }

  /** The box offsets of layer {@code index}, [B, N, 4]. */
  Variable offsets(int index, Variable features) {
    return boxes.get(index).forward(features);
  }

  /** The index of the encoder's heads. */
  int encoder() {
    return classes.size() - 1;
  }
}
