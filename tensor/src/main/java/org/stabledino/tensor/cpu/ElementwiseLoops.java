package org.stabledino.tensor.cpu;

import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/**
 * Loops over n consecutive elements, each array from its own start.
 *
 * <p>An output may be the very elements of an input, but must not overlap them otherwise. What an
 * element becomes never depends on its position in the loop.
 */
interface ElementwiseLoops {

  /** {@code out = op(x)}. */
  void unary(Unary op, float[] x, int xAt, float[] out, int outAt, int n);

  /** {@code out = grad * op'(x)}, where {@code y = op(x)}. */
  void unaryBackward(
      Unary op,
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n);

  /** {@code out = op(a, b)}. */
  void binary(Binary op, float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n);

  /** {@code out = op(a, b)} with one number b. */
  void binary(Binary op, float[] a, int aAt, float b, float[] out, int outAt, int n);

  /** {@code out = op(a, b)} with one number a. */
  void binary(Binary op, float a, float[] b, int bAt, float[] out, int outAt, int n);

  /** {@code out = scale * x + shift}. */
  void affine(float[] x, int xAt, float scale, float shift, float[] out, int outAt, int n);

  /** {@code y += alpha * x}. */
  void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n);

  /** {@code out = min(max(x, low), high)}. */
  void clamp(float[] x, int xAt, float low, float high, float[] out, int outAt, int n);

  /** {@code out = low <= x <= high ? grad : 0}. */
  void clampBackward(
      float[] x,
      int xAt,
      float low,
      float high,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n);

  /** {@code out = max(a + b, 0)}. */
  void addRelu(float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n);

  /** {@code out = x * scale + shift}, then optionally {@code max(out, 0)}; all arrays of n. */
  void channelAffine(
      float[] x,
      int xAt,
      float[] scale,
      int scaleAt,
      float[] shift,
      int shiftAt,
      boolean relu,
      float[] out,
      int outAt,
      int n);

  /** {@code average = decay * average + (1 - decay) * value}. */
  void movingAverage(
      float[] average, int averageAt, float[] value, int valueAt, float decay, int n);

  /**
   * The numbers of an AdamW update that all elements share.
   *
   * @param gradScale factor on the gradient
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param keep {@code 1 - learningRate * weightDecay}
   * @param rate {@code learningRate / (1 - beta1^t)}
   * @param rootScale {@code 1 / sqrt(1 - beta2^t)}
   * @param eps added to the scaled root
   */
  record AdamStep(
      float gradScale,
      float beta1,
      float beta2,
      float keep,
      float rate,
      float rootScale,
      float eps) {}

  /** One AdamW update of parameter and moments. */
  void adamW(
      AdamStep step,
      float[] parameter,
      int parameterAt,
      float[] gradient,
      int gradientAt,
      float[] first,
      int firstAt,
      float[] second,
      int secondAt,
      int n);
}
