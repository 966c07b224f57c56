package org.stabledino.detection.losses;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.HeadLosses.Head;
import org.stabledino.detection.matching.AssignmentException;
import org.stabledino.detection.matching.HungarianMatcher;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.DenoisingLayout;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.detection.model.StableDinoConfig;

/**
 * Matches every head to the targets and sums the weighted losses of all: the decoder layers', the
 * encoder's, and those of the denoising queries of each decoder layer.
 *
 * <p>Sums are divided by the number of targets, for denoising by that times the number of groups.
 *
 * {@snippet :
 * Criterion criterion = new Criterion(MatchingConfig.STABLE, LossConfig.STABLE, true);
 * LossReport losses = criterion.forward(model.forward(images, sizes, denoising), targets);
 * losses.total().backward();
 * }
 */
public final class Criterion {
  private final LossConfig config;
  private final boolean denoising;
  private final HungarianMatcher matcher;
  private final ClassificationLoss classLoss;
  private final ClassificationLoss denoisingClassLoss;

  /**
   * A criterion; it serves one thread.
   *
   * @param matching the cost
   * @param config the losses
   * @param denoising whether the model is trained with denoising queries; a batch without any then
   *     reports denoising losses of 0
   */
  public Criterion(MatchingConfig matching, LossConfig config, boolean denoising) {
    this.config = config;
    this.denoising = denoising;
    matcher = new HungarianMatcher(matching);
    classLoss = ClassificationLoss.of(config.classLoss(), config);
    denoisingClassLoss = ClassificationLoss.of(config.denoisingClassLoss(), config);
  }

  /**
   * The criterion a detector is trained by.
   *
   * @param config of the detector
   * @return the criterion
   */
  public static Criterion of(StableDinoConfig config) {
    return new Criterion(config.matching(), config.loss(), config.denoising().queries() > 0);
  }

  /**
   * The losses of a batch on one worker.
   *
   * @param output what the model says
   * @param batch targets of the images
   * @return the losses
   * @throws UserException if a target is of a class the model does not know
   * @throws NonFiniteLossException if one of them is not finite
   */
  public LossReport forward(ModelOutput output, List<Targets> batch) {
    return forward(output, batch, Targets.total(batch));
  }

  /**
   * The losses of a batch.
   *
   * @param output what the model says
   * @param batch targets of the images
   * @param boxes the number of targets, averaged over all workers; at least 1 is used
   * @return the losses
   * @throws UserException if a target is of a class the model does not know
   * @throws NonFiniteLossException if one of them is not finite
   */
  public LossReport forward(ModelOutput output, List<Targets> batch, double boxes) {
    requireKnownLabels(batch, output.last().logits().dim(2));
    double normaliser = Math.max(1, boxes);
    List<Head> heads = new ArrayList<>();
    int layers = output.layers().size();
    int first = output.denoisingQueries();
    List<Predictions> read = output.layers().stream().map(Predictions::of).toList();
    heads.add(matchingHead("", output.last(), read.getLast(), first, batch, normaliser));
    for (int layer = 0; layer < layers - 1; layer++) {
      Prediction prediction = output.layers().get(layer);
      heads.add(matchingHead("_" + layer, prediction, read.get(layer), first, batch, normaliser));
    }
    if (output.encoder() != null) {
      Predictions encoder = Predictions.of(output.encoder());
      heads.add(matchingHead("_enc", output.encoder(), encoder, 0, batch, normaliser));
    }
    List<List<Matching>> matchings = matchings(heads, layers, batch.size());
    if (output.denoising() != null) {
      addDenoisingHeads(output, read, batch, normaliser, heads);
    }
    Map<String, Double> values = new LinkedHashMap<>();
    Variable total = HeadLosses.apply(heads, batch, config.l1Weight(), config.giouWeight(), values);
    if (denoising && output.denoising() == null) {
      addZeroDenoising(layers, values);
    }
    values.forEach(this::requireFinite);
    return new LossReport(total, values, weights(values), matchings);
  }

  private static void requireKnownLabels(List<Targets> batch, int classes) {
    for (int image = 0; image < batch.size(); image++) {
      for (int label : batch.get(image).labels()) {
        if (label < 0 || label >= classes) {
          throw new UserException(
              "image %d of the batch has a target of class %d, but the model knows 0 to %d: set numClasses to the data's number of categories"
                  .formatted(image, label, classes - 1));
        }
      }
    }
  }

  private Head matchingHead(
      String suffix,
      Prediction prediction,
      Predictions read,
      int first,
      List<Targets> batch,
      double normaliser) {
    Predictions predictions = read.range(first, read.count() - first);
    return new Head(
        suffix,
        prediction,
        predictions,
        match(suffix, predictions, batch),
        classLoss,
        config.classWeight(),
        normaliser);
  }

  private List<Matching> match(String suffix, Predictions predictions, List<Targets> batch) {
    try {
      return matcher.match(predictions, batch);
    } catch (AssignmentException notANumber) {
      throw new NonFiniteLossException(
          "matching_cost" + suffix, Double.NaN, "the predictions themselves are not finite");
    }
  }

  private void addDenoisingHeads(
      ModelOutput output,
      List<Predictions> read,
      List<Targets> batch,
      double normaliser,
      List<Head> heads) {
    DenoisingLayout layout = output.denoising();
    List<Matching> positives = new ArrayList<>();
    for (Targets targets : batch) {
      int[][] pairs = layout.positives(targets);
      positives.add(new Matching(pairs[0], pairs[1]));
    }
    int last = output.layers().size() - 1;
    for (int layer = 0; layer <= last; layer++) {
      heads.add(
          new Head(
              layer == last ? "_dn" : "_dn_" + layer,
              output.layers().get(layer),
              read.get(layer).range(0, layout.queries()),
              positives,
              denoisingClassLoss,
              config.denoisingClassWeight(),
              normaliser * layout.groups()));
    }
  }

  private static void addZeroDenoising(int layers, Map<String, Double> values) {
    for (int layer = 0; layer < layers; layer++) {
      String suffix = layer == layers - 1 ? "_dn" : "_dn_" + layer;
      for (String loss : List.of("loss_class", "loss_bbox", "loss_giou")) {
        values.put(loss + suffix, 0.0);
      }
    }
  }

  /** From heads in the order last, 0, 1 ..., encoder to images by encoder, 0, 1 ..., last. */
  private static List<List<Matching>> matchings(List<Head> heads, int layers, int images) {
    List<Head> ordered = new ArrayList<>();
    if (heads.size() > layers) {
      ordered.add(heads.getLast());
    }
    ordered.addAll(heads.subList(1, layers));
    ordered.add(heads.getFirst());
    List<List<Matching>> result = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      int image = i;
      result.add(ordered.stream().map(head -> head.matchings().get(image)).toList());
    }
    return result;
  }

  private void requireFinite(String loss, double value) {
    if (!Double.isFinite(value)) {
      throw new NonFiniteLossException(
          loss,
          value,
          loss.startsWith("loss_class") && !config.finiteLogarithms()
              ? "a class logit is saturated; finiteLogarithms=true stays finite there"
              : "the model's output is not finite, or far too large");
    }
  }

  private Map<String, Double> weights(Map<String, Double> values) {
    Map<String, Double> weights = new LinkedHashMap<>();
    for (String loss : values.keySet()) {
      double classWeight =
          loss.contains("_dn") ? config.denoisingClassWeight() : config.classWeight();
      weights.put(
          loss,
          loss.startsWith("loss_class")
              ? classWeight
              : loss.startsWith("loss_bbox") ? config.l1Weight() : config.giouWeight());
    }
    return weights;
  }
}
