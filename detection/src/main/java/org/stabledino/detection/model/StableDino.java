package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.mul;

import java.util.List;
import java.util.Map;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Embedding;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Mlp;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.backbone.Backbone;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * Stable-DINO: backbone, neck, transformer and heads (paper, Sec. 3; DINO, Zhang et al. 2022).
 * Which parts of it differ from DINO is said by its configuration.
 *
 * {@snippet :
 * StableDinoConfig config = StableDinoConfig.stableDinoR50(80);
 * StableDino model = new StableDino(config);
 * model.initialize(Rng.of(60));
 * DenoisingQueries denoising = DenoisingQueries.of(
 *     config.denoising(), 80, 900, targets, DenoisingNoise.of(60, step, imageIds));
 * ModelOutput output = model.forward(images, sizes, denoising);
 * LossReport losses = Criterion.of(config).forward(output, targets);
 * losses.total().backward();
 * }
 */
public final class StableDino extends Module {
  private final StableDinoConfig config;
  private final Backbone backbone;
  private final Neck neck;
  private final Transformer transformer;
  private final Heads heads;
  private final Embedding labelEmbedding;

  /**
   * A model whose parameters are yet to be initialised or loaded.
   *
   * @param config what it is made of
   */
  public StableDino(StableDinoConfig config) {
    TransformerConfig parts = config.transformer();
    this.config = config;
    backbone = config.backbone().create();
    child("backbone", backbone.module());
    List<Integer> channels = backbone.channels();
    neck =
        child(
            "neck", new Neck(channels, parts.embedDim(), parts.extraLevels(), parts.normGroups()));
    heads = Heads.of(parts, config.numClasses());
    int levels = channels.size() + parts.extraLevels();
    transformer = child("transformer", new Transformer(parts, levels, heads));
    children("class_embed", heads.classes());
    children("bbox_embed", heads.boxes());
    labelEmbedding = child("label_enc", new Embedding(config.numClasses(), parts.embedDim()));
  }

  /**
   * Detects: predictions of the last layer. Images and denoising queries may lie on the CPU
   * wherever the model computes; predictions lie where it computes.
   *
   * @param images normalised, padded with zeros at the right and the bottom, [B, H, W, 3]
   * @param sizes of the images without padding
   * @return logits [B, Q, K] and boxes [B, Q, 4]
   */
  public Prediction detect(Tensor images, ValidSizes sizes) {
    ValidSizes used =
        config.maskPaddingInEvaluation()
            ? sizes
            : ValidSizes.full(images.dim(0), images.dim(1), images.dim(2));
    return run(images, used, null, false, Probe.NONE).last();
  }

  /**
   * Predicts for training: every layer and the encoder.
   *
   * @param images normalised, padded with zeros at the right and the bottom, [B, H, W, 3]
   * @param sizes of the images without padding
   * @param denoising queries; null without any
   * @return the predictions
   */
  public ModelOutput forward(Tensor images, ValidSizes sizes, DenoisingQueries denoising) {
    return observe(images, sizes, denoising, Probe.NONE);
  }

  /**
   * As {@link #forward}, for those who want to see more than the predictions.
   *
   * @param images normalised, padded with zeros at the right and the bottom, [B, H, W, 3]
   * @param sizes of the images without padding
   * @param denoising queries; null without any
   * @param probe looks into the pass
   * @return the predictions of every layer and the encoder
   */
  public ModelOutput observe(
      Tensor images, ValidSizes sizes, DenoisingQueries denoising, Probe probe) {
    return run(images, sizes, denoising, true, probe);
  }

  private ModelOutput run(
      Tensor images, ValidSizes sizes, DenoisingQueries denoising, boolean training, Probe probe) {
    List<Variable> maps =
        GradMode.stage(
            () -> neck.forward(backbone.forward(Variable.constant(images.to(device())))));
    TokenLayout layout = layout(maps, images, sizes);
    Variable content = denoising == null ? null : labels(denoising);
    return transformer.forward(maps, layout, denoising, content, training, probe);
  }

  /** Lays out the tokens of the neck's maps. */
  static TokenLayout layout(List<Variable> maps, Tensor images, ValidSizes sizes) {
    Levels levels =
        new Levels(
            maps.stream().mapToInt(map -> map.dim(1)).toArray(),
            maps.stream().mapToInt(map -> map.dim(2)).toArray());
    return new TokenLayout(
        levels, sizes, images.dim(1), images.dim(2), maps.getFirst().data().device());
  }

  /** The content of denoising queries, zero in empty slots, [B, D, C]. */
  Variable labels(DenoisingQueries denoising) {
    return mul(
        labelEmbedding.forward(denoising.labels().to(device())),
        Variable.constant(denoising.filled().to(device())));
  }

  /**
   * What it is made of.
   *
   * @return the configuration
   */
  public StableDinoConfig config() {
    return config;
  }

  /**
   * Hands over the random numbers of the training step that comes next, for stochastic depth.
   *
   * @param rng a stream for this step alone
   * @param firstImage the index of the first image in the step's batch
   */
  public void randomness(Rng rng, int firstImage) {
    backbone.randomness(rng, firstImage);
  }

  Backbone backbone() {
    return backbone;
  }

  Neck neck() {
    return neck;
  }

  Transformer transformer() {
    return transformer;
  }

  Heads heads() {
    return heads;
  }

  /**
   * Classes start at a probability of 0.01, boxes at their references; the heads of all layers
   * start alike.
   */
  @Override
  protected void reset(Rng rng) {
    heads.classes().forEach(head -> copy(heads.classes().getFirst(), head));
    heads.boxes().forEach(head -> copy(heads.boxes().getFirst(), head));
    for (Linear head : heads.classes()) {
      Initializers.constant(head.bias().data(), Initializers.biasPrior(0.01));
    }
    for (Mlp head : heads.boxes()) {
      Initializers.constant(head.last().weight().data(), 0f);
      Initializers.constant(head.last().bias().data(), 0f);
    }
  }

  private static void copy(Module from, Module to) {
    Map<String, Parameter> values = from.namedParameters();
    to.namedParameters().forEach((name, p) -> p.data().copyFrom(values.get(name).data()));
  }
}
