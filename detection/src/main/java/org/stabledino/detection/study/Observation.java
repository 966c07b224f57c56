package org.stabledino.detection.study;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.HungarianMatcher;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.DenoisingLayout;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.MatchingConfig.Modulation;
import org.stabledino.tensor.BoxPair;

/**
 * What one pass over one picture showed: Q queries, T ground truths, K classes, N decoder layers.
 * Boxes are (cx, cy, w, h) in fractions of the picture.
 *
 * @param picture the picture as in its file
 * @param fileName its name
 * @param imageId COCO's id
 * @param classNames by label
 * @param targets the ground truth as the losses see it
 * @param heads the encoder and every decoder layer
 * @param layers what each decoder layer started from and where it sampled
 * @param levels extents of the feature levels
 * @param cost what the matching minimises
 * @param denoising the denoising queries of a training step on this picture; null where the
 *     detector is trained without
 */
public record Observation(
    BufferedImage picture,
    String fileName,
    long imageId,
    List<String> classNames,
    Targets targets,
    List<Head> heads,
    List<DecoderLayer> layers,
    List<Level> levels,
    MatchingConfig cost,
    Denoising denoising) {

  /**
   * The extent of a feature level.
   *
   * @param height in tokens
   * @param width in tokens
   */
  public record Level(int height, int width) {}

  /**
   * What went into a decoder layer.
   *
   * @param references boxes the layer starts from, shape [Q, 4]
   * @param attentionHeads H
   * @param points P, of each head and level
   * @param locations (x, y) in 0..1, shape [Q, H, L, P, 2]
   * @param weights 1 in total for each head, shape [Q, H, L, P]
   */
  public record DecoderLayer(
      float[] references, int attentionHeads, int points, float[] locations, float[] weights) {}

  /**
   * The denoising queries.
   *
   * @param layout where each query stands
   * @param labels noisy labels, shape [D]
   * @param noisy noisy boxes, shape [D, 4]
   * @param restored boxes of the last decoder layer, shape [D, 4]
   * @param blocked 1 where a query (row) may not see another, shape [D+Q, D+Q]
   */
  public record Denoising(
      DenoisingLayout layout, int[] labels, float[] noisy, float[] restored, byte[] blocked) {}

  /**
   * How a query stands to a ground truth at a head.
   *
   * @param query from 0
   * @param probability p, of the ground truth's class
   * @param iou of the query's box with the ground truth
   * @param giou generalised IoU of both
   */
  public record Pair(int query, double probability, double iou, double giou) {}

  /**
   * The number of matching queries.
   *
   * @return Q
   */
  public int queries() {
    return heads.getFirst().predictions().count();
  }

  /**
   * The matched query of each ground truth at each head.
   *
   * @param matching the cost that decides
   * @return -1 where a ground truth has none, shape [N+1, T]
   */
  public int[][] matched(MatchingConfig matching) {
    HungarianMatcher matcher = new HungarianMatcher(matching);
    return heads.stream()
        .map(head -> matcher.match(head.predictions(), List.of(targets)).getFirst())
        .map(found -> found.queryOfTarget(targets.count()))
        .toArray(int[][]::new);
  }

  /**
   * The matched query of each ground truth at each head, by the detector's own cost.
   *
   * @return -1 where a ground truth has none, shape [N+1, T]
   */
  public int[][] matched() {
    return matched(cost);
  }

  /**
   * The same cost with modulation, the detector's own or else that of Eq. 4.
   *
   * @return a position-modulated cost
   */
  public MatchingConfig modulated() {
    return cost.modulation() == Modulation.NONE ? cost.withModulation(Modulation.PAIR) : cost;
  }

  /**
   * The same cost without modulation, q = p.
   *
   * @return the cost of DINO
   */
  public MatchingConfig unmodulated() {
    return cost.withModulation(Modulation.NONE);
  }

  /**
   * How a query stands to a ground truth.
   *
   * @param head 0 for the encoder, l for decoder layer l
   * @param query from 0
   * @param target from 0
   * @return probability and overlaps
   */
  public Pair pair(int head, int query, int target) {
    Predictions predictions = heads.get(head).predictions();
    float logit =
        predictions.logits().floats()[predictions.logitAt(0, query) + targets.labels()[target]];
    BoxPair pair = new BoxPair();
    pair.set(
        predictions.boxes().floats(), predictions.boxAt(0, query), targets.boxes(), 4 * target);
    return new Pair(query, 1 / (1 + Math.exp(-logit)), pair.iou(), pair.giou());
  }

  /**
   * The box of a query at a head.
   *
   * @param head 0 for the encoder, l for decoder layer l
   * @param query from 0
   * @return (cx, cy, w, h)
   */
  public float[] box(int head, int query) {
    Predictions predictions = heads.get(head).predictions();
    int at = predictions.boxAt(0, query);
    return java.util.Arrays.copyOfRange(predictions.boxes().floats(), at, at + 4);
  }

  /**
   * The name of a ground truth's class.
   *
   * @param target from 0
   * @return the name
   */
  public String className(int target) {
    return classNames.get(targets.labels()[target]);
  }

  /**
   * The queries matched at the last layer, that with the highest probability first.
   *
   * @param most how many at most
   * @return distinct queries
   */
  public int[] bestQueries(int most) {
    int last = heads.size() - 1;
    int[] queries = matched()[last];
    return IntStream.range(0, targets.count())
        .filter(target -> queries[target] >= 0)
        .mapToObj(target -> pair(last, queries[target], target))
        .sorted((a, b) -> Double.compare(b.probability(), a.probability()))
        .mapToInt(Pair::query)
        .limit(most)
        .toArray();
  }
}
