package org.stabledino.detection.losses;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
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
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

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
   * @throws NonFiniteLossException if a cost of the matching is not a number
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
   * @throws NonFiniteLossException if a cost of the matching is not a number
   */
  public LossReport forward(ModelOutput output, List<Targets> batch, double boxes) {
    requireKnownLabels(batch, output.last().logits().dim(2));
    double normaliser = Math.max(1, boxes);
    int layers = output.layers().size();
    List<Unmatched> unmatched = new ArrayList<>();
    unmatched.add(unmatched("", output.last(), output.denoisingQueries()));
    for (int layer = 0; layer < layers - 1; layer++) {
      Prediction prediction = output.layers().get(layer);
      unmatched.add(unmatched("_" + layer, prediction, output.denoisingQueries()));
    }
    if (output.encoder() != null) {
      unmatched.add(unmatched("_enc", output.encoder(), 0));
    }
    List<Head> heads = match(unmatched, batch, normaliser);
    List<List<Matching>> matchings = matchings(heads, layers, batch.size());
    if (output.denoising() != null) {
      addDenoisingHeads(output, batch, normaliser, heads);
    }
    HeadLosses.Result losses =
        HeadLosses.apply(heads, batch, config.l1Weight(), config.giouWeight());
    List<String> absent =
        denoising && output.denoising() == null ? denoisingKeys(layers) : List.of();
    return new LossReport(
        losses.total(),
        List.of(losses.classes(), losses.boxes()),
        sums -> values(heads, sums, absent),
        weights(heads, absent),
        matchings);
  }

  /** A head whose queries compete for the targets. */
  private record Unmatched(String suffix, Prediction prediction, Predictions predictions) {}

  /** The queries of a head from one on. */
  private static Unmatched unmatched(String suffix, Prediction prediction, int first) {
    Predictions all = Predictions.of(prediction);
    return new Unmatched(suffix, prediction, all.range(first, all.count() - first));
  }

  /** Matches all heads; of a model on a GPU this waits once, for the costs of all. */
  private List<Head> match(List<Unmatched> unmatched, List<Targets> batch, double normaliser) {
    List<Head> heads = new ArrayList<>();
    try (Scope _ = Scope.open()) {
      List<Tensor> costs = new ArrayList<>();
      for (Unmatched head : unmatched) {
        costs.addAll(matcher.costs(head.predictions(), batch));
      }
      Backend backend = unmatched.getFirst().predictions().logits().backend();
      List<Tensor> read = backend.download(costs);
      for (int i = 0; i < unmatched.size(); i++) {
        Unmatched head = unmatched.get(i);
        List<Tensor> own = read.subList(i * batch.size(), (i + 1) * batch.size());
        heads.add(
            new Head(
                head.suffix(),
                head.prediction(),
                head.predictions(),
                assign(head.suffix(), own),
                classLoss,
                config.classWeight(),
                normaliser));
      }
    }
    return heads;
  }

  private List<Matching> assign(String suffix, List<Tensor> costs) {
    try {
      return matcher.assign(costs);
    } catch (AssignmentException notANumber) {
      throw new NonFiniteLossException(
          "matching_cost" + suffix, Double.NaN, "the predictions themselves are not finite");
    }
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

  private void addDenoisingHeads(
      ModelOutput output, List<Targets> batch, double normaliser, List<Head> heads) {
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
              Predictions.of(output.layers().get(layer)).range(0, layout.queries()),
              positives,
              denoisingClassLoss,
              config.denoisingClassWeight(),
              normaliser * layout.groups()));
    }
  }

  /** The losses of denoising queries where a batch has none. */
  private static List<String> denoisingKeys(int layers) {
    return IntStream.range(0, layers)
        .mapToObj(layer -> layer == layers - 1 ? "_dn" : "_dn_" + layer)
        .flatMap(suffix -> keys(suffix).stream())
        .toList();
  }

  private static List<String> keys(String suffix) {
    return List.of("loss_class" + suffix, "loss_bbox" + suffix, "loss_giou" + suffix);
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

  /** Each loss by its key, from the sums of every head and image. */
  private Map<String, Double> values(List<Head> heads, List<Tensor> sums, List<String> absent) {
    Map<String, Double> values = new LinkedHashMap<>();
    Tensor classes = sums.get(0);
    Tensor boxes = sums.get(1);
    int images = classes.dim(1);
    for (int i = 0; i < heads.size(); i++) {
      double[] losses = new double[3];
      for (int at = i * images; at < (i + 1) * images; at++) {
        losses[0] += classes.floats()[classes.offset() + at];
        losses[1] += boxes.doubles()[boxes.offset() + 2 * at];
        losses[2] += boxes.doubles()[boxes.offset() + 2 * at + 1];
      }
      double share = 1 / heads.get(i).normaliser();
      List<String> keys = keys(heads.get(i).suffix());
      for (int kind = 0; kind < 3; kind++) {
        values.put(keys.get(kind), losses[kind] * share);
      }
    }
    absent.forEach(key -> values.put(key, 0.0));
    values.forEach(this::requireFinite);
    return values;
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

  private Map<String, Double> weights(List<Head> heads, List<String> absent) {
    Map<String, Double> weights = new LinkedHashMap<>();
    heads.forEach(head -> keys(head.suffix()).forEach(key -> weights.put(key, weight(key))));
    absent.forEach(key -> weights.put(key, weight(key)));
    return weights;
  }

  private double weight(String loss) {
    if (loss.startsWith("loss_class")) {
      return loss.contains("_dn") ? config.denoisingClassWeight() : config.classWeight();
    }
    return loss.startsWith("loss_bbox") ? config.l1Weight() : config.giouWeight();
  }
}
