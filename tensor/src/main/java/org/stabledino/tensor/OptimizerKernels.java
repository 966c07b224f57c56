package org.stabledino.tensor;

import java.util.Collection;

/** Updates of parameters, in place. */
public interface OptimizerKernels {

  /**
   * The settings of one AdamW update.
   *
   * @param learningRate as scheduled for this step
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param eps added to the root of the second moment
   * @param weightDecay decoupled decay
   * @param step how many updates the parameter has had, this one included
   */
  record AdamW(
      float learningRate, float beta1, float beta2, float eps, float weightDecay, long step) {}

  /**
   * {@code p *= 1 - lr wd}; {@code m, v} decay towards {@code g, g^2}; {@code p -= lr / (1 -
   * beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)}.
   *
   * @param settings rates and step
   * @param gradScale factor on the gradient before use: the clipping coefficient, shape [1]; where
   *     it is NaN nothing changes
   * @param parameter updated
   * @param gradient like the parameter
   * @param firstMoment updated, like the parameter
   * @param secondMoment updated, like the parameter
   */
  void adamW(
      AdamW settings,
      Tensor gradScale,
      Tensor parameter,
      Tensor gradient,
      Tensor firstMoment,
      Tensor secondMoment);

  /**
   * The sum of squares of several tensors, accumulated in double precision and added in their
   * order; the same for any number of threads.
   *
   * @param tensors of any shapes
   * @param sum output, float64, shape [1]
   */
  void sumOfSquares(Collection<Tensor> tensors, Tensor sum);

  /**
   * What limits the joint norm of all gradients: {@code min(1, maxNorm / (norm + 1e-6))}, or NaN
   * where the norm or the loss is not finite.
   *
   * @param sumOfSquares the norm's square, float64, shape [1]
   * @param loss what the gradients are of, shape [1]
   * @param maxNorm the limit
   * @param coefficient output, shape [1]
   */
  void clipping(Tensor sumOfSquares, Tensor loss, double maxNorm, Tensor coefficient);

  /**
   * {@code average = average * decay + (1 - decay) * value}.
   *
   * @param average updated
   * @param value like the average
   * @param decay usually 0.999
   * @param coefficient where it is NaN nothing changes, shape [1]; nullable
   */
  void movingAverage(Tensor average, Tensor value, float decay, Tensor coefficient);
}
