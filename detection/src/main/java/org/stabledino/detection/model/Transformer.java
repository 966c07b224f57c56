package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.add;
import static org.stabledino.autograd.ops.Ops.concat;
import static org.stabledino.autograd.ops.Ops.embedding;
import static org.stabledino.autograd.ops.Ops.expand;
import static org.stabledino.autograd.ops.Ops.reshape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.model.QuerySelection.Selection;
import org.stabledino.nn.Embedding;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/** Encoder, query selection and decoder over the neck's levels. */
final class Transformer extends Module {
  private static final List<String> OWN_START =
      List.of("sampling_offsets.", "attention_weights.", "class_embed.", "bbox_embed.");

  private final Parameter levelEmbeds;
  private final DeformableEncoder encoder;
  private final DeformableDecoder decoder;
  private final Embedding content;
  private final QuerySelection selection;
  private final PositionEmbeddingSine positionEmbedding;

  Transformer(TransformerConfig config, int levels, Heads heads) {
    int channels = config.embedDim();
    positionEmbedding = new PositionEmbeddingSine(channels / 2);
    levelEmbeds = parameter("level_embeds", levels, channels);
    MemoryFusion fusion = new MemoryFusion(config);
    encoder = child("encoder", new DeformableEncoder(config, levels, fusion));
    fusion.modules().forEach(this::child);
    decoder = child("decoder", new DeformableDecoder(config, levels, heads));
    content = child("tgt_embed", new Embedding(config.numQueries(), channels));
    Linear projection = child("enc_output", new Linear(channels, channels));
    LayerNorm norm = child("enc_output_norm", new LayerNorm(channels));
    selection = new QuerySelection(projection, norm, heads, config.numQueries());
  }

  /**
   * Tokens of all levels, one level after the other.
   *
   * @param maps of the neck, each [B, H_l, W_l, C]
   * @return [B, S, C]
   */
  static Variable tokens(List<Variable> maps) {
    return concat(
        1,
        maps.stream()
            .map(map -> reshape(map, map.dim(0), map.dim(1) * map.dim(2), map.dim(3)))
            .toList());
  }

  /**
   * The position code: sine of the place plus the level's learned vector.
   *
   * @param layout of the tokens
   * @return [B, S, C], or [1, S, C] where no image is padded and all are alike
   */
  Variable position(TokenLayout layout) {
    Levels levels = layout.levels();
    List<Variable> sines = new ArrayList<>();
    int[] levelOf = new int[levels.tokens()];
    for (int level = 0; level < levels.count(); level++) {
      Tensor mask = layout.masks().get(level);
      Tensor needed = layout.padded() ? mask : mask.narrow(0, 1);
      sines.add(Variable.constant(positionEmbedding.forward(needed).to(device())));
      Arrays.fill(levelOf, levels.start(level), levels.start(level + 1), level);
    }
    Variable learned = embedding(levelEmbeds, Tensor.of(levelOf, levelOf.length).to(device()));
    return add(concat(1, sines), learned);
  }

  /** The encoder's input, what its layers make, and last the memory, each [B, S, C]. */
  List<Variable> encode(Variable tokens, TokenLayout layout, Tensor padding) {
    Variable references = Variable.constant(layout.encoderReferences());
    return encoder.forward(tokens, position(layout), layout.levels(), references, padding);
  }

  QuerySelection selection() {
    return selection;
  }

  DeformableDecoder decoder() {
    return decoder;
  }

  /**
   * From the neck's levels to predictions.
   *
   * @param maps of the neck, each [B, H_l, W_l, C]
   * @param layout of their tokens
   * @param denoising queries of training; nullable
   * @param denoisingContent their label embeddings, [B, D, C]; null without
   * @param training whether losses will look at every layer and the encoder
   * @param probe looks into the pass
   * @return the predictions
   */
  ModelOutput forward(
      List<Variable> maps,
      TokenLayout layout,
      DenoisingQueries denoising,
      Variable denoisingContent,
      boolean training,
      Probe probe) {
    try (var _ = enter()) {
      Tensor padding = layout.padding();
      Variable memory =
          GradMode.stage(() -> List.of(encode(tokens(maps), layout, padding).getLast())).getFirst();
      Selection selected = selection.select(memory, Proposals.of(layout).to(device()));
      // Detached: the decoder does not train the encoder's boxes.
      Tensor references = selected.boxes().data();
      probe.selected(layout.levels(), selected.indices(), references);
      Variable queries = content(layout.batch());
      Tensor blocked = null;
      if (denoising != null) {
        queries = concat(1, denoisingContent, queries);
        references = DenoisingQueries.references(denoising, references);
        blocked = denoising.blocked().to(device());
      }
      DeformableDecoder.Context context =
          new DeformableDecoder.Context(memory, layout, padding, blocked, probe);
      return new ModelOutput(
          decoder.forward(queries, references, context, training),
          training ? selection.predict(selected) : null,
          denoising == null ? null : denoising.layout());
    }
  }

  /** The learned content of the matching queries, the same for all images, [B, Q, C]. */
  Variable content(int batch) {
    Parameter table = content.weight();
    return expand(reshape(table, 1, table.dim(0), table.dim(1)), batch, table.dim(0), table.dim(1));
  }

  /**
   * Xavier-uniform for every matrix, the content queries among them; level vectors normal. The
   * offsets and weights of deformable attention keep their own start, and so do the heads, which
   * belong to the model. Biases keep the linear layers' default but for fusion, where they are 0.
   */
  @Override
  protected void reset(Rng rng) {
    Initializers.normal(levelEmbeds.data(), 0f, 1f, rng.child("level_embeds"));
    Initializers.xavierUniform(content.weight().data(), rng.child("tgt_embed"));
    visit(
        "",
        (path, module) -> {
          if (module instanceof Linear linear && !keepsOwnStart(path)) {
            Initializers.xavierUniform(linear.weight().data(), rng.child(path));
          }
        });
  }

  private static boolean keepsOwnStart(String path) {
    return OWN_START.stream().anyMatch(path::contains);
  }
}
