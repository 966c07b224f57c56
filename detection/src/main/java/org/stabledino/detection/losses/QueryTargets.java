package org.stabledino.detection.losses;

import java.util.Arrays;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.LossKernels.Focus;
import org.stabledino.tensor.Tensor;

/**
 * What the classes of each query of an image should be.
 *
 * @param labels the class that a query is a positive of, -1 for none, shape [Q]
 * @param values the target of the probability of that class, shape [Q]
 */
record QueryTargets(int[] labels, float[] values) {

  /** The classes of the matched targets. */
  static QueryTargets of(int queries, Targets targets, Matching matching, float[] values) {
    int[] labels = new int[queries];
    Arrays.fill(labels, -1);
    for (int i = 0; i < matching.count(); i++) {
      labels[matching.queries()[i]] = targets.labels()[matching.targets()[i]];
    }
    return new QueryTargets(labels, values);
  }

  /** The class loss where the logits are; see {@link ClassificationLoss#addImage}. */
  void addLoss(
      Focus focus, Predictions predictions, int image, double scale, Tensor sum, Tensor grad) {
    Tensor logits = predictions.rows(predictions.logits(), image);
    logits
        .backend()
        .losses()
        .classLoss(
            focus,
            logits,
            Tensor.of(labels, labels.length).to(logits.device()),
            Tensor.of(values, values.length).to(logits.device()),
            (float) scale,
            sum,
            grad == null ? null : predictions.rows(grad, image));
  }
}
