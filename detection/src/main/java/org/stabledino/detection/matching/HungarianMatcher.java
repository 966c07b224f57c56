package org.stabledino.detection.matching;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stabledino.detection.boxes.BoxPair;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.MatchingConfig.Modulation;

/**
 * Gives each target of an image its own query, at the least total cost.
 *
 * <pre>
 *   cost  = classWeight * class(q) + l1Weight * |box - target|_1 + giouWeight * (1 - GIoU)
 *   class(q) = alpha (1-q)^gamma (-log q) - (1-alpha) q^gamma (-log(1-q))
 *   q = p                       baseline
 *   q = p * u^exponent          position-modulated (paper, Eq. 4), u = (GIoU + 1)/2
 * </pre>
 *
 * p is the probability of the target's class; u is first multiplied by {@code max(1, 1/max u)}, max
 * u being the largest of the image; logarithms are of {@code q + 1e-8} and {@code 1-q + 1e-8}.
 *
 * <p>In {@link Modulation#LAST_OF_CLASS} u comes from a table over queries and classes instead, in
 * which the last target of a class in the whole batch wins, and max u is taken over that table.
 *
 * <p>An instance keeps its workspace; it serves one thread.
 */
public final class HungarianMatcher {
  private static final double EPSILON = 1e-8;

  private final MatchingConfig config;
  private final LinearAssignment assignment = new LinearAssignment();
  private final BoxPair pair = new BoxPair();
  private double[] cost = {};
  private double[] factor = {};

  /**
   * A matcher.
   *
   * @param config the cost
   */
  public HungarianMatcher(MatchingConfig config) {
    this.config = config;
  }

  /**
   * Matches some queries of a batch.
   *
   * @param predictions of Q queries of the B images
   * @param batch targets of the B images
   * @return a matching for each image; queries count from the first of the range
   */
  public List<Matching> match(Predictions predictions, List<Targets> batch) {
    int count = predictions.count();
    List<Matching> result = new ArrayList<>(batch.size());
    for (int image = 0; image < batch.size(); image++) {
      int targets = batch.get(image).count();
      if (targets == 0) {
        result.add(Matching.EMPTY);
        continue;
      }
      costs(predictions, image, batch);
      int pairs = Math.min(count, targets);
      int[] rows = new int[pairs];
      int[] cols = new int[pairs];
      assignment.solve(cost, count, targets, rows, cols);
      result.add(new Matching(rows, cols));
    }
    return result;
  }

  /**
   * The cost matrix of one image.
   *
   * @param predictions of Q queries of the B images
   * @param image which of the B images
   * @param batch targets of the B images
   * @return shape [Q, T], row-major
   */
  public double[] cost(Predictions predictions, int image, List<Targets> batch) {
    costs(predictions, image, batch);
    return Arrays.copyOf(cost, predictions.count() * batch.get(image).count());
  }

  /** Fills {@link #cost}, [Q, T]. */
  private void costs(Predictions predictions, int image, List<Targets> batch) {
    Targets targets = batch.get(image);
    int size = predictions.count() * targets.count();
    if (cost.length < size) {
      cost = new double[size];
      factor = new double[size];
    }
    overlapCosts(predictions, image, targets);
    switch (config.modulation()) {
      case NONE -> Arrays.fill(factor, 0, size, 1);
      case PAIR -> rescale(size, largest(factor, size));
      case LAST_OF_CLASS -> lastOfClassFactors(predictions, image, batch);
    }
    addClassCosts(predictions, image, targets);
  }

  /** Writes the box costs, and (GIoU + 1)/2 of each pair to {@link #factor}. */
  private void overlapCosts(Predictions predictions, int image, Targets targets) {
    float[] boxes = predictions.boxes().floats();
    float[] truth = targets.boxes();
    int at = 0;
    for (int query = 0; query < predictions.count(); query++) {
      int box = predictions.boxAt(image, query);
      for (int target = 0; target < targets.count(); target++, at++) {
        pair.set(boxes, box, truth, 4 * target);
        double giou = pair.giou();
        double distance = 0;
        for (int i = 0; i < 4; i++) {
          distance += Math.abs((double) boxes[box + i] - truth[4 * target + i]);
        }
        cost[at] = config.l1Weight() * distance + config.giouWeight() * (1 - giou);
        factor[at] = (giou + 1) / 2;
      }
    }
  }

  private static double largest(double[] values, int size) {
    double largest = 0;
    for (int i = 0; i < size; i++) {
      largest = Math.max(largest, values[i]);
    }
    return largest;
  }

  /** Turns u into the factor of the probability. */
  private void rescale(int size, double largest) {
    double scale = Math.max(1, 1 / (largest + EPSILON));
    for (int i = 0; i < size; i++) {
      factor[i] = power(factor[i] * scale, config.exponent());
    }
  }

  /** The published code's factors: one target stands for all of its class in the batch. */
  private void lastOfClassFactors(Predictions predictions, int image, List<Targets> batch) {
    int classes = predictions.classes();
    float[][] representative = new float[classes][];
    for (Targets targets : batch) {
      for (int target = 0; target < targets.count(); target++) {
        representative[targets.labels()[target]] =
            Arrays.copyOfRange(targets.boxes(), 4 * target, 4 * target + 4);
      }
    }
    int[] labels = batch.get(image).labels();
    double[] table = new double[classes];
    float[] boxes = predictions.boxes().floats();
    double largest = 0;
    for (int query = 0; query < predictions.count(); query++) {
      for (int label = 0; label < classes; label++) {
        if (representative[label] != null) {
          pair.set(boxes, predictions.boxAt(image, query), representative[label], 0);
          table[label] = (pair.giou() + 1) / 2;
          largest = Math.max(largest, table[label]);
        }
      }
      for (int target = 0; target < labels.length; target++) {
        factor[query * labels.length + target] = table[labels[target]];
      }
    }
    rescale(predictions.count() * labels.length, largest);
  }

  private void addClassCosts(Predictions predictions, int image, Targets targets) {
    float[] logits = predictions.logits().floats();
    int[] labels = targets.labels();
    int at = 0;
    for (int query = 0; query < predictions.count(); query++) {
      int row = predictions.logitAt(image, query);
      for (int label : labels) {
        double probability = 1 / (1 + Math.exp(-logits[row + label]));
        cost[at] += config.classWeight() * classCost(probability * factor[at]);
        at++;
      }
    }
  }

  private double classCost(double q) {
    double alpha = config.alpha();
    double positive = alpha * power(1 - q, config.gamma()) * -Math.log(q + EPSILON);
    double negative = (1 - alpha) * power(q, config.gamma()) * -Math.log(1 - q + EPSILON);
    return positive - negative;
  }

  private static double power(double x, double exponent) {
    if (exponent == 2) {
      return x * x;
    }
    return exponent == 0.5 ? Math.sqrt(x) : exponent == 1 ? x : Math.pow(x, exponent);
  }
}
