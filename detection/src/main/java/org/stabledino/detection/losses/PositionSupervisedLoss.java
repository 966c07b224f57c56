package org.stabledino.detection.losses;

import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.TargetForm;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.LossKernels.Curve;
import org.stabledino.tensor.LossKernels.Focus;
import org.stabledino.tensor.LossKernels.Position;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Position-supervised loss (paper, Eq. 3): the better a positive's box, the closer to 1 its class
 * probability is pulled.
 *
 * <pre>
 *   positive  alpha |t - p|^gamma BCE(p, t)
 *   negative  (1-alpha) p^gamma BCE(p, 0)
 *   BCE(p, t) = -t log p - (1-t) log(1-p)
 *   t = f1(s) max(1, m / (max f1 + 1e-8))
 * </pre>
 *
 * s is the IoU of a positive and its target, max f1 the largest over the image's positives, m as
 * {@link Rescaling} says. No gradient flows through t.
 */
public final class PositionSupervisedLoss implements ClassificationLoss {
  private final Position position;
  private final Focus focus;

  /**
   * A loss.
   *
   * @param config its parameters
   */
  public PositionSupervisedLoss(LossConfig config) {
    TargetForm form = config.target();
    position =
        new Position(
            form.probabilityExponent(),
            form.iouExponent(),
            switch (form.curve()) {
              case IDENTITY -> Curve.IDENTITY;
              case EXPONENTIAL -> Curve.EXPONENTIAL;
              case SINE -> Curve.SINE;
            },
            config.rescaling() == Rescaling.LARGEST_IOU,
            config.finiteLogarithms());
    focus = new Focus(config.alpha(), config.gamma(), config.finiteLogarithms());
  }

  @Override
  public void addImage(
      Predictions predictions,
      int image,
      Targets targets,
      Matching matching,
      double scale,
      Tensor sum,
      Tensor grad) {
    Tensor logits = predictions.rows(predictions.logits(), image);
    Positives positives = Positives.of(predictions, targets, matching);
    Tensor values = logits.backend().empty(DType.FLOAT32, Shape.of(predictions.count()));
    logits
        .backend()
        .losses()
        .positionTargets(
            position,
            logits,
            predictions.rows(predictions.boxes(), image),
            positives.labels(),
            positives.truth(),
            positives.queries(),
            positives.targets(),
            values);
    QueryTargets.addLoss(focus, predictions, image, targets, matching, values, scale, sum, grad);
  }
}
