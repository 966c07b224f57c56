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

  /** The last step of a position-supervised target. */
  enum Curve {
    /** x */
    IDENTITY,
    /** {@code (e^x - 1)/(e - 1)} */
    EXPONENTIAL,
    /** {@code sin(x pi/2)} */
    SINE
  }

  /**
   * How a positive's box makes the target of its class.
   *
   * @param probabilityExponent to which the probability of the class is raised; 0 for none
   * @param iouExponent to which the IoU is raised
   * @param curve applied to the product
   * @param largestIou whether m is the largest IoU of any query and target; otherwise it is 1
   * @param finite as of the {@link Focus}: otherwise probabilities are rounded as the published
   *     code's
   */
  record Position(
      double probabilityExponent,
      double iouExponent,
      Curve curve,
      boolean largestIou,
      boolean finite) {}

  /**
   * The targets of the position-supervised loss (Stable-DINO, Eq. 3).
   *
   * <pre>
   *   t  = f1 max(1, m / (max f1 + 1e-8))
   *   f1 = curve(p^probabilityExponent IoU^iouExponent)
   * </pre>
   *
   * <p>of each positive; max f1 is the largest of them.
   *
   * @param position the parameters
   * @param logits shape [Q, K]
   * @param boxes shape [Q, 4]
   * @param labels int32, the class of each target, shape [T]
   * @param truth the targets' boxes, shape [T, 4]
   * @param queries int32, the query of each positive, none twice, shape [M]; one beyond Q is an
   *     error
   * @param targets int32, the target of each positive, shape [M]; one beyond T is an error
   * @param out t of each positive's query, 0 of all others, shape [Q]
   */
  void positionTargets(
      Position position,
      Tensor logits,
      Tensor boxes,
      Tensor labels,
      Tensor truth,
      Tensor queries,
      Tensor targets,
      Tensor out);

  /**
   * The box losses of an image's positives, and their gradient: the L1 distance of (cx, cy, w, h),
   * and 1 - GIoU.
   *
   * @param boxes shape [Q, 4]
   * @param truth the targets' boxes, shape [T, 4]
   * @param queries int32, the query of each positive, none twice, shape [M]; one beyond Q is an
   *     error
   * @param targets int32, the target of each positive, shape [M]; one beyond T is an error
   * @param l1Scale what the gradient of the L1 distance is multiplied by
   * @param giouScale what that of 1 - GIoU is multiplied by
   * @param sums output, float64, the two losses summed over positives, not scaled, shape [2]
   * @param grad the sum of both gradients is added here, shape [Q, 4]; nullable
   */
  void boxLoss(
      Tensor boxes,
      Tensor truth,
      Tensor queries,
      Tensor targets,
      double l1Scale,
      double giouScale,
      Tensor sums,
      Tensor grad);

  /**
   * The weighted sum of the losses of several heads, in double precision: {@code sum over heads of
   * share (wc class + wl L1 + wg (1 - GIoU))}, each loss summed over the images.
   *
   * @param classes from {@link #classLoss}, shape [heads, images]
   * @param boxes float64, from {@link #boxLoss}, shape [heads, images, 2]
   * @param weights float64, (share, wc, wl, wg), shape [heads, 4]
   * @param total output, shape [1]
   */
  void total(Tensor classes, Tensor boxes, Tensor weights, Tensor total);
}
