package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.detection.model.PositionEmbeddingSine;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.detection.model.TransformerConfig;
import org.stabledino.nn.Module;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;

/**
 * Stable-DINO on a ResNet-50 or Swin with four scales from libtorch's functional ops, for one image
 * without padding, with the weights of a model of ours.
 *
 * <p>It takes the shortcuts that ours takes: frozen norms are folded for inference, boxes and
 * classes of the encoder are differentiated for selected tokens only. What depends on the extents
 * alone (position codes, reference points, proposals) is computed once, outside of timing; ours
 * computes it in every pass.
 */
final class TorchDino {
  private static final double PROPOSAL_SIZE = 0.05;
  private static final double LOGIT_EPSILON = 1e-3;
  private static final double PERIOD = 10_000;

  private final Weights weights;
  private final TransformerConfig config;
  private final TorchLayers layers;
  private final TorchBackbone backbone;
  private final TorchNeck neck;
  private final Levels levels;
  private final Tensor position;
  private final Tensor encoderReferences;
  private final Tensor proposals;
  private final Tensor invalid;
  private final Tensor anglesOfPeriods;

  /** Logits [1, N, K] and boxes [1, N, 4] of a layer. */
  record Output(Tensor logits, Tensor boxes) {}

  /**
   * A copy of a model.
   *
   * @param model whose weights are copied
   * @param all its configuration
   * @param height of the image, pixels
   * @param width of the image, pixels
   * @param training whether frozen norms stay apart
   */
  TorchDino(Module model, StableDinoConfig all, int height, int width, boolean training) {
    config = all.transformer();
    weights = new Weights(model);
    layers = new TorchLayers(weights, config.heads(), config.points());
    backbone = TorchBackbone.of(all.backbone(), layers, height, width, training);
    neck = new TorchNeck(weights, config.normGroups());
    levels = levels(height, width);
    position = position();
    encoderReferences = encoderReferences();
    float[] logits = proposals(levels);
    proposals = Tensor.create(logits, 1, levels.tokens(), 4);
    boolean[] outside = new boolean[levels.tokens()];
    for (int i = 0; i < outside.length; i++) {
      outside[i] = Float.isInfinite(logits[4 * i]);
    }
    invalid = Tensor.create(outside, 1, levels.tokens(), 1);
    anglesOfPeriods = anglesOfPeriods(config.embedDim() / 2);
  }

  Weights weights() {
    return weights;
  }

  private static Levels levels(int height, int width) {
    int[] heights = new int[4];
    int[] widths = new int[4];
    for (int i = 0; i < 4; i++) {
      heights[i] = Math.ceilDiv(height, 8 << i);
      widths[i] = Math.ceilDiv(width, 8 << i);
    }
    return new Levels(heights, widths);
  }

  private Tensor position() {
    PositionEmbeddingSine sine = new PositionEmbeddingSine(config.embedDim() / 2);
    TensorVector all = new TensorVector();
    for (int i = 0; i < levels.count(); i++) {
      var mask =
          org.stabledino.tensor.Tensor.zeros(
              DType.BOOL, Shape.of(1, levels.heights()[i], levels.widths()[i]));
      all.push_back(Torch.copy(sine.forward(mask)));
    }
    return torch.cat(all, 1);
  }

  /** Each token's centre, the same on every level, [1, S, L, 2]. */
  private Tensor encoderReferences() {
    int count = levels.count();
    float[] references = new float[levels.tokens() * count * 2];
    int at = 0;
    for (int level = 0; level < count; level++) {
      int cols = levels.widths()[level];
      for (int token = 0; token < levels.heights()[level] * cols; token++) {
        for (int other = 0; other < count; other++) {
          references[at++] = (token % cols + 0.5f) / cols;
          references[at++] = (token / cols + 0.5f) / levels.heights()[level];
        }
      }
    }
    return Tensor.create(references, 1, levels.tokens(), count, 2);
  }

  /** Logits of each token's proposal, infinite where it leaves 0.01..0.99, [S, 4]. */
  private static float[] proposals(Levels levels) {
    float[] logits = new float[levels.tokens() * 4];
    int at = 0;
    for (int level = 0; level < levels.count(); level++) {
      int cols = levels.widths()[level];
      for (int token = 0; token < levels.heights()[level] * cols; token++) {
        float size = (float) PROPOSAL_SIZE * (1 << level);
        float[] box = {
          (token % cols + 0.5f) / cols, (token / cols + 0.5f) / levels.heights()[level], size, size
        };
        boolean inside = true;
        for (float value : box) {
          inside &= value > 0.01f && value < 0.99f;
        }
        for (float value : box) {
          logits[at++] = inside ? (float) Math.log(value / (1 - value)) : Float.POSITIVE_INFINITY;
        }
      }
    }
    return logits;
  }

  /** {@code 2 pi / period} of each sine and cosine, [F / 2]. */
  private static Tensor anglesOfPeriods(int channels) {
    float[] angles = new float[channels / 2];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = (float) (2 * Math.PI / Math.pow(PERIOD, 2.0 * i / channels));
    }
    return Tensor.create(angles, angles.length);
  }

  /**
   * The network.
   *
   * @param images shape [1, 3, H, W], channels last
   * @param denoising queries of a training step; nullable
   * @param visible who may see whom, bool [N, N]; null without denoising
   * @param selected tokens to decode, int64 [Q]; its own selection is made all the same, and
   *     dropped
   * @param everyLayer whether to predict from all layers and the encoder (last), or the last alone
   * @return predictions
   */
  List<Output> forward(
      Tensor images,
      DenoisingQueries denoising,
      Tensor visible,
      Tensor selected,
      boolean everyLayer) {
    Tensor memory = TorchLayers.section(() -> encode(neck.forward(backbone.forward(images))));
    select(memory);
    Tensor rows = memory.masked_fill(invalid, Torch.scalar(0)).index_select(1, selected);
    Tensor features = outputNorm(rows);
    int encoderHead = config.decoderLayers();
    Tensor boxes =
        layers
            .mlp("bbox_embed." + encoderHead, 3, features)
            .add(proposals.index_select(1, selected))
            .sigmoid();
    Tensor queries = weights.get("transformer.tgt_embed.weight").unsqueeze(0);
    Tensor references = boxes.detach();
    if (denoising != null) {
      queries = cat(1, labels(denoising), queries);
      references = cat(1, Torch.copy(denoising.boxes()).sigmoid(), references);
    }
    List<Output> outputs = decode(queries, references, memory, visible, everyLayer);
    if (everyLayer) {
      outputs.add(new Output(layers.linear("class_embed." + encoderHead, features), boxes));
    }
    return outputs;
  }

  private Tensor encode(List<Tensor> maps) {
    TensorVector flat = new TensorVector();
    TensorVector places = new TensorVector();
    Tensor embeds = weights.get("transformer.level_embeds");
    for (int i = 0; i < levels.count(); i++) {
      flat.push_back(maps.get(i).flatten(2, 3).transpose(1, 2));
      long size = (long) levels.heights()[i] * levels.widths()[i];
      places.push_back(position.narrow(1, levels.start(i), size).add(embeds.select(0, i)));
    }
    Tensor x = torch.cat(flat, 1);
    Tensor place = torch.cat(places, 1);
    List<Tensor> states = new ArrayList<>(List.of(x));
    for (int i = 0; i < config.encoderLayers(); i++) {
      String path = "transformer.encoder.layers." + i;
      Tensor in = x;
      x = TorchLayers.section(() -> encoderLayer(path, in, place));
      states.add(x);
    }
    Tensor fused =
        layers.linear("transformer.encoder.fusion_layer.0", cat(-1, states.toArray(Tensor[]::new)));
    return layers.norm("transformer.encoder.fusion_layer.1", fused);
  }

  private Tensor encoderLayer(String path, Tensor x, Tensor place) {
    Tensor attended =
        TorchLayers.section(
            () ->
                layers.deformable(
                    path + ".attentions.0", x.add(place), x, levels, encoderReferences));
    Tensor y = layers.norm(path + ".norms.0", x.add(attended));
    return layers.feedForward(path + ".ffns.0", path + ".norms.1", y);
  }

  /** The tokens with the best scores; where two are almost equal, rounding decides. */
  private Tensor select(Tensor memory) {
    return TorchLayers.section(
        () -> {
          Tensor valid = memory.detach().masked_fill(invalid, Torch.scalar(0));
          Tensor logits =
              layers.linear("class_embed." + config.decoderLayers(), outputNorm(valid)).detach();
          T_TensorTensor_T best = torch.max(logits, -1);
          return torch.topk(best.get0().squeeze(0), config.numQueries()).get1();
        });
  }

  private Tensor outputNorm(Tensor rows) {
    return layers.norm(
        "transformer.enc_output_norm", layers.linear("transformer.enc_output", rows));
  }

  private Tensor labels(DenoisingQueries denoising) {
    long[] labels = new long[denoising.labels().size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = denoising.labels().ints()[denoising.labels().offset() + i];
    }
    return weights
        .get("label_enc.weight")
        .index_select(0, Tensor.create(labels))
        .unsqueeze(0)
        .mul(Torch.copy(denoising.filled()));
  }

  private List<Output> decode(
      Tensor queries, Tensor first, Tensor memory, Tensor visible, boolean everyLayer) {
    List<Output> outputs = new ArrayList<>();
    Tensor x = queries;
    Tensor reference = first;
    int last = config.decoderLayers() - 1;
    for (int i = 0; i <= last; i++) {
      String path = "transformer.decoder.layers." + i;
      Tensor in = x;
      Tensor fixed = reference.detach();
      x = TorchLayers.section(() -> decoderLayer(path, in, fixed, memory, visible));
      Tensor logit = inverseSigmoid(reference);
      if (everyLayer || i == last) {
        Tensor state = layers.norm("transformer.decoder.norm", x);
        outputs.add(
            new Output(
                layers.linear("class_embed." + i, state),
                layers.mlp("bbox_embed." + i, 3, state).add(logit).sigmoid()));
      }
      if (i < last) {
        reference = layers.mlp("bbox_embed." + i, 3, x).add(logit.detach()).sigmoid();
      }
    }
    return outputs;
  }

  private Tensor decoderLayer(
      String path, Tensor queries, Tensor references, Tensor memory, Tensor visible) {
    Tensor place = layers.mlp("transformer.decoder.ref_point_head", 2, code(references));
    Tensor placed = queries.add(place);
    Tensor attended = layers.selfAttention(path + ".attentions.0.attn", placed, queries, visible);
    Tensor x = layers.norm(path + ".norms.0", queries.add(attended));
    Tensor onLevels = references.unsqueeze(2).expand(1, -1, levels.count(), -1);
    Tensor sampled =
        layers.deformable(path + ".attentions.1", x.add(place), memory, levels, onLevels);
    x = layers.norm(path + ".norms.1", x.add(sampled));
    return layers.feedForward(path + ".ffns.0", path + ".norms.2", x);
  }

  /** Sines and cosines of (cy, cx, w, h), [1, N, 4 * F]. */
  private Tensor code(Tensor references) {
    Tensor ordered = references.index_select(2, Tensor.create(1L, 0L, 2L, 3L));
    Tensor angles = ordered.unsqueeze(-1).mul(anglesOfPeriods);
    TensorVector both = new TensorVector(angles.sin(), angles.cos());
    return torch.stack(both, -1).flatten(2, 4);
  }

  private static Tensor inverseSigmoid(Tensor x) {
    Tensor p =
        torch.clamp(x, new ScalarOptional(Torch.scalar(0)), new ScalarOptional(Torch.scalar(1)));
    ScalarOptional least = new ScalarOptional(Torch.scalar(LOGIT_EPSILON));
    Tensor rest = p.neg().add(Torch.scalar(1));
    return torch.clamp(p, least).div(torch.clamp(rest, least)).log();
  }

  private static Tensor cat(long axis, Tensor... parts) {
    return torch.cat(new TensorVector(parts), axis);
  }
}
