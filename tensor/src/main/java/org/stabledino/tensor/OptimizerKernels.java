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
   * @param gradScale factor on the gradient before use: the clipping coefficient
   */
  record AdamW(
      float learningRate,
      float beta1,
      float beta2,
      float eps,
      float weightDecay,
      long step,
      float gradScale) {}

  /**
   * {@code p *= 1 - lr wd}; {@code m, v} decay towards {@code g, g^2}; {@code p -= lr / (1 -
   * beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)}.
   *
   * @param settings rates and step
   * @param parameter updated
   * @param gradient like the parameter
   * @param firstMoment updated, like the parameter
   * @param secondMoment updated, like the parameter
   */
  void adamW(
      AdamW settings, Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment);

  /**
   * The sum of squares, accumulated in double precision; the same for any number of threads.
   *
   * @param x any shape
   * @return the sum, on the host
   */
  double sumOfSquares(Tensor x);

  /**
   * The sum of squares of several tensors, added in their order. On a GPU this waits once, not once
   * for each.
   *
   * @param tensors of any shapes
   * @return the sum, on the host
   */
  default double sumOfSquares(Collection<Tensor> tensors) {
    double sum = 0;
    for (Tensor tensor : tensors) {
      sum += sumOfSquares(tensor);
    }
    return sum;
  }

  /**
   * {@code average = average * decay + (1 - decay) * value}.
   *
   * @param average updated
   * @param value like the average
   * @param decay usually 0.999
   */
  void movingAverage(Tensor average, Tensor value, float decay);
}
