package org.stabledino.detection.matching;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.MatchingConfig.Modulation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

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
 * <p>Costs are computed where the predictions are, assignments on the CPU. An instance keeps the
 * assignment's workspace; it serves one thread.
 */
public final class HungarianMatcher {
  private final MatchingConfig config;
  private final LossKernels.Cost weights;
  private final LinearAssignment assignment = new LinearAssignment();

  /**
   * A matcher.
   *
   * @param config the cost
   */
  public HungarianMatcher(MatchingConfig config) {
    this.config = config;
    weights =
        new LossKernels.Cost(
            config.classWeight(),
            config.l1Weight(),
            config.giouWeight(),
            config.exponent(),
            config.alpha(),
            config.gamma());
  }

  /**
   * Matches some queries of a batch. Of a model on a GPU this waits for the costs.
   *
   * @param predictions of Q queries of the B images
   * @param batch targets of the B images
   * @return a matching for each image; queries count from the first of the range
   */
  public List<Matching> match(Predictions predictions, List<Targets> batch) {
    try (Scope _ = Scope.open()) {
      Backend backend = predictions.logits().backend();
      return assign(backend.download(costs(predictions, batch)));
    }
  }

  /**
   * The cost matrices of a batch, where the predictions are; nobody waits for them.
   *
   * @param predictions of Q queries of the B images
   * @param batch targets of the B images
   * @return for each image of T targets, shape [Q, T]
   */
  public List<Tensor> costs(Predictions predictions, List<Targets> batch) {
    return IntStream.range(0, batch.size())
        .mapToObj(image -> costs(predictions, image, batch))
        .toList();
  }

  /**
   * The cheapest assignments.
   *
   * @param costs for each image of T targets, on the CPU, shape [Q, T]
   * @return a matching for each image
   * @throws AssignmentException if a cost is not a number
   */
  public List<Matching> assign(List<Tensor> costs) {
    List<Matching> result = new ArrayList<>(costs.size());
    for (Tensor cost : costs) {
      int queries = cost.dim(0);
      int targets = cost.dim(1);
      int pairs = Math.min(queries, targets);
      int[] rows = new int[pairs];
      int[] cols = new int[pairs];
      assignment.solve(numbers(cost), queries, targets, rows, cols);
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
    try (Scope _ = Scope.open()) {
      return numbers(costs(predictions, image, batch));
    }
  }

  private static double[] numbers(Tensor tensor) {
    float[] values = tensor.toFloats();
    double[] numbers = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      numbers[i] = values[i];
    }
    return numbers;
  }

  /** The cost matrix of one image, [Q, T], where the predictions are. */
  private Tensor costs(Predictions predictions, int image, List<Targets> batch) {
    Targets targets = batch.get(image);
    Tensor logits = predictions.rows(predictions.logits(), image);
    Tensor boxes = predictions.rows(predictions.boxes(), image);
    Backend backend = logits.backend();
    Tensor costs = backend.empty(DType.FLOAT32, Shape.of(predictions.count(), targets.count()));
    if (costs.size() == 0) {
      return costs;
    }
    Tensor truth = beside(boxes, targets.boxes());
    Tensor giou = giou(boxes, truth);
    Tensor modulator = null;
    Tensor largest = null;
    switch (config.modulation()) {
      case NONE -> {}
      case PAIR -> {
        modulator = giou;
        largest = largest(giou);
      }
      case LAST_OF_CLASS -> {
        float[][] last = lastOfClass(batch, predictions.classes());
        List<float[]> own = IntStream.of(targets.labels()).mapToObj(label -> last[label]).toList();
        List<float[]> all = Arrays.stream(last).filter(Objects::nonNull).toList();
        modulator = giou(boxes, beside(boxes, joined(own)));
        largest = largest(giou(boxes, beside(boxes, joined(all))));
      }
    }
    Tensor labels = Tensor.of(targets.labels(), targets.count()).to(boxes.device());
    backend
        .losses()
        .matchingCosts(weights, logits, labels, boxes, truth, giou, modulator, largest, costs);
    return costs;
  }

  /** Boxes [T, 4] where others are. */
  private static Tensor beside(Tensor others, float[] boxes) {
    return Tensor.of(boxes, boxes.length / 4, 4).to(others.device());
  }

  private static Tensor giou(Tensor boxes, Tensor others) {
    Tensor giou = boxes.backend().empty(DType.FLOAT32, Shape.of(boxes.dim(0), others.dim(0)));
    boxes.backend().losses().overlaps(boxes, others, null, giou);
    return giou;
  }

  /** The largest element, shape [1]. */
  private static Tensor largest(Tensor giou) {
    Tensor largest = giou.backend().empty(DType.FLOAT32, Shape.of(1));
    giou.backend().indexing().maxLast(giou.reshape(1, -1), largest, null);
    return largest;
  }

  /** In the published code one target stands for all of its class in the batch; null for none. */
  private static float[][] lastOfClass(List<Targets> batch, int classes) {
    float[][] last = new float[classes][];
    for (Targets targets : batch) {
      for (int target = 0; target < targets.count(); target++) {
        last[targets.labels()[target]] =
            Arrays.copyOfRange(targets.boxes(), 4 * target, 4 * target + 4);
      }
    }
    return last;
  }

  private static float[] joined(List<float[]> boxes) {
    float[] all = new float[4 * boxes.size()];
    for (int i = 0; i < boxes.size(); i++) {
      System.arraycopy(boxes.get(i), 0, all, 4 * i, 4);
    }
    return all;
  }
}
