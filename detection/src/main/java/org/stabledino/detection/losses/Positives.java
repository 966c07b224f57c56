package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Which queries of an image are responsible for which targets, beside the predictions.
 *
 * @param queries int32, shape [M]
 * @param targets int32, shape [M]
 * @param labels int32, the class of each target, shape [T]
 * @param truth the targets' boxes, shape [T, 4]
 */
record Positives(Tensor queries, Tensor targets, Tensor labels, Tensor truth) {

  static Positives of(Predictions predictions, Targets targets, Matching matching) {
    Device device = predictions.boxes().device();
    return new Positives(
        Tensor.of(matching.queries(), matching.count()).to(device),
        Tensor.of(matching.targets(), matching.count()).to(device),
        Tensor.of(targets.labels(), targets.count()).to(device),
        Tensor.of(targets.boxes(), targets.count(), 4).to(device));
  }
}
