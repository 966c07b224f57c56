package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.add;
import static org.stabledino.autograd.ops.Ops.inverseSigmoid;
import static org.stabledino.autograd.ops.Ops.sigmoid;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Mlp;
import org.stabledino.nn.Module;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * The decoder: each layer moves every query's reference box, and predicts class and box.
 *
 * <pre>
 *   x_l     = layer_l(x_(l-1), position of r_(l-1))
 *   r_l     = sigmoid(bbox_embed_l(x_l) + logit(r_(l-1)))             refinement, from the raw output
 *   box_l   = sigmoid(bbox_embed_l(LN(x_l)) + logit(r_(l-1)))         what the losses see
 * </pre>
 *
 * <p>A layer reads {@code r_(l-1)} as a constant. The box of its loss does not, so that the loss
 * also trains the layer before: DINO's look forward twice. The logit clamps at 1e-3.
 */
final class DeformableDecoder extends Module {
  private final List<DeformableDecoderLayer> layers;
  private final Mlp positionHead;
  private final LayerNorm norm;
  private final Heads heads;
  private final QueryPosition queryPosition;

  DeformableDecoder(TransformerConfig config, int levels, Heads heads) {
    int channels = config.embedDim();
    this.heads = heads;
    this.queryPosition = new QueryPosition(channels / 2);
    layers =
        children(
            "layers",
            IntStream.range(0, config.decoderLayers())
                .mapToObj(_ -> new DeformableDecoderLayer(config, levels))
                .toList());
    positionHead = child("ref_point_head", new Mlp(2 * channels, channels, channels, 2));
    norm = child("norm", new LayerNorm(channels));
    children("class_embed", heads.classes());
    children("bbox_embed", heads.boxes());
  }

  /** What the decoder reads besides the queries; padding and blocked are nullable. */
  record Context(
      Variable memory, TokenLayout layout, Tensor padding, Tensor blocked, Probe probe) {}

  /**
   * Decodes queries.
   *
   * @param content of the queries, [B, N, C]
   * @param references first boxes (cx, cy, w, h) in 0..1, [B, N, 4]
   * @param context memory and masks
   * @param everyLayer whether all layers predict, or the last alone
   * @return their predictions in order
   */
  List<Prediction> forward(
      Variable content, Tensor references, Context context, boolean everyLayer) {
    try (var _ = enter()) {
      List<Prediction> predictions = new ArrayList<>();
      Variable x = content;
      Variable reference = Variable.constant(references);
      int last = layers.size() - 1;
      for (int layer = 0; layer <= last; layer++) {
        context.probe().references(layer, reference.data());
        x = layer(layer, x, reference.data(), context);
        Variable logit = inverseSigmoid(reference, Proposals.LOGIT_EPSILON);
        if (everyLayer || layer == last) {
          Variable state = norm.forward(x);
          Variable boxes = sigmoid(add(heads.offsets(layer, state), logit));
          predictions.add(new Prediction(heads.logits(layer, state), boxes));
        }
        if (layer < last) {
          reference = refine(layer, x, logit);
        }
      }
      return predictions;
    }
  }

  /** One layer's raw output, [B, N, C]. */
  Variable layer(int index, Variable queries, Tensor references, Context context) {
    TokenLayout layout = context.layout();
    Tensor code = queryPosition.forward(references, layout.firstRatios());
    Variable onLevels = Variable.constant(layout.decoderReferences(references));
    return GradMode.section(
        () ->
            layers
                .get(index)
                .forward(
                    queries,
                    positionHead.forward(Variable.constant(code)),
                    context.blocked(),
                    context.memory(),
                    layout.levels(),
                    onLevels,
                    context.padding(),
                    (levels, locations, weights) ->
                        context.probe().sampled(index, levels, locations, weights)));
  }

  @Override
  protected void moved(Device target) {
    queryPosition.to(target);
  }

  /** The next reference; the one before is a constant here. */
  Variable refine(int layer, Variable output, Variable logit) {
    return sigmoid(add(heads.offsets(layer, output), logit.detach()));
  }

  /** The shared norm before the heads. */
  Variable normalise(Variable output) {
    return norm.forward(output);
  }
}
