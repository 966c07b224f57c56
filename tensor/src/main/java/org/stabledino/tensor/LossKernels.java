package org.stabledino.tensor;

/**
 * What matching and losses of a detector compute for every query: with every target, or of every
 * class. A box is (cx, cy, w, h).
 */
public interface LossKernels {

  /**
   * How much every box of one list overlaps every box of another.
   *
   * <pre>
   *   IoU  = inter / (union + 1e-6)
   *   GIoU = IoU - (hull - union) / (hull + 1e-6)
   * </pre>
   *
   * <p>with inter the area common to both, union that of either, and hull that of the smallest box
   * around both (Rezatofighi et al. 2019).
   *
   * @param boxes shape [N, 4]
   * @param others shape [M, 4]
   * @param iou output, shape [N, M]; nullable
   * @param giou output, shape [N, M]; nullable
   */
  void overlaps(Tensor boxes, Tensor others, Tensor iou, Tensor giou);

  /**
   * The weights and exponents of the matching cost.
   *
   * @param classWeight of the class cost
   * @param l1Weight of the L1 distance
   * @param giouWeight of {@code 1 - GIoU}
   * @param exponent to which the modulating factor is raised
   * @param alpha balance of the class cost's positive and negative part
   * @param gamma focusing exponent of the class cost
   */
  record Cost(
      double classWeight,
      double l1Weight,
      double giouWeight,
      double exponent,
      double alpha,
      double gamma) {}

  /**
   * What it costs to make each query responsible for each target (Stable-DINO, Eq. 4).
   *
   * <pre>
   *   cost     = classWeight class(q) + l1Weight |box - target|_1 + giouWeight (1 - GIoU)
   *   class(q) = alpha (1-q)^gamma (-log(q + 1e-8)) - (1-alpha) q^gamma (-log(1-q + 1e-8))
   *   q        = p (u max(1, 1 / (max u + 1e-8)))^exponent,  u = (modulator + 1)/2
   * </pre>
   *
   * <p>p is the probability of the target's class. Without modulators {@code q = p}.
   *
   * @param cost weights and exponents
   * @param logits shape [Q, K]
   * @param labels int32, the class of each target, shape [T]; one beyond K is an error
   * @param boxes shape [Q, 4]
   * @param truth the targets' boxes, shape [T, 4]
   * @param giou of boxes and truth, shape [Q, T]
   * @param modulator the GIoU that modulates each pair, shape [Q, T]; nullable
   * @param largest the modulator that gives max u, shape [1]; null where there is none
   * @param out shape [Q, T]
   */
  void matchingCosts(
      Cost cost,
      Tensor logits,
      Tensor labels,
      Tensor boxes,
      Tensor truth,
      Tensor giou,
      Tensor modulator,
      Tensor largest,
      Tensor out);

  /**
   * The parameters of a class loss.
   *
   * @param alpha weight of positives; negatives weigh {@code 1 - alpha}
   * @param gamma focusing exponent
   * @param finite whether logarithms are taken of logits, finite everywhere; otherwise of float32
   *     probabilities, the second as {@code log(1-p + 1e-8)}, which gives NaN at saturation
   */
  record Focus(double alpha, double gamma, boolean finite) {}

  /**
   * The class loss of an image, and its gradient.
   *
   * <pre>
   *   positive  alpha |t - p|^gamma BCE(p, t)
   *   negative  (1-alpha) p^gamma BCE(p, 0)
   *   BCE(p, t) = -t log p - (1-t) log(1-p),  p = sigmoid(logit)
   * </pre>
   *
   * <p>With t = 1 this is the focal loss (Lin et al. 2017), with the target of a positive's box the
   * position-supervised loss (Stable-DINO, Eq. 3). No gradient flows through t.
   *
   * @param focus the parameters
   * @param logits shape [Q, K]
   * @param labels int32, the class that a query is a positive of, -1 for none, shape [Q]
   * @param targets t of each query's positive class, shape [Q]
   * @param scale what the gradient is multiplied by
   * @param sum output, the loss summed over queries and classes, not scaled, shape [1]
   * @param grad {@code scale * d loss / d logits} is added here, shape [Q, K]; nullable
   */
  void classLoss(
      Focus focus,
      Tensor logits,
      Tensor labels,
      Tensor targets,
      float scale,
      Tensor sum,
      Tensor grad);
}
