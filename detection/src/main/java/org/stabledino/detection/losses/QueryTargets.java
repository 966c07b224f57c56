package org.stabledino.detection.losses;

import java.util.Arrays;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.LossKernels.Focus;
import org.stabledino.tensor.Tensor;

/** What the classes of each query of an image should be. */
final class QueryTargets {
  private QueryTargets() {}

  /** The class that a query is a positive of, -1 for none, shape [Q]. */
  private static int[] labels(int queries, Targets targets, Matching matching) {
    int[] labels = new int[queries];
    Arrays.fill(labels, -1);
    for (int i = 0; i < matching.count(); i++) {
      labels[matching.queries()[i]] = targets.labels()[matching.targets()[i]];
    }
    return labels;
  }

  /**
   * The class loss where the logits are; see {@link ClassificationLoss#addImage}.
   *
   * @param values the target of the probability of each query's class, beside the logits, shape [Q]
   */
  static void addLoss(
      Focus focus,
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      Tensor values,
      double scale,
      Tensor sum,
      Tensor grad) {
    Tensor logits = predictions.rows(predictions.logits(), image);
    int[] labels = labels(predictions.count(), targets, matching);
    logits
        .backend()
        .losses()
        .classLoss(
            focus,
            logits,
            Tensor.of(labels, labels.length).to(logits.device()),
            values,
            (float) scale,
            sum,
            grad == null ? null : predictions.rows(grad, image));
  }
}
