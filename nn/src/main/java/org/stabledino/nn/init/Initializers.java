package org.stabledino.nn.init;

import java.util.Arrays;
import org.stabledino.tensor.Tensor;

/**
 * Initial values of parameters. Each method overwrites a CPU tensor with numbers 0, 1, 2 … of a
 * stream, row-major.
 *
 * <p>Fan-in is the number of inputs an output sees and fan-out the converse: for a weight [out, in,
 * kh, kw], {@code in * kh * kw} and {@code out * kh * kw}.
 */
public final class Initializers {
  private Initializers() {}

  /**
   * Xavier (Glorot) uniform: {@code U(-a, a)} with {@code a = sqrt(6 / (fanIn + fanOut))}.
   *
   * @param weight shape [out, in, ...]
   * @param rng random numbers
   */
  public static void xavierUniform(Tensor weight, Rng rng) {
    float bound = (float) Math.sqrt(6.0 / (fanIn(weight) + fanOut(weight)));
    uniform(weight, -bound, bound, rng);
  }

  /**
   * He (Kaiming, MSRA) normal for networks with ReLU: {@code N(0, 2 / fanOut)}, which keeps the
   * size of gradients through a convolution.
   *
   * @param weight shape [out, in, ...]
   * @param rng random numbers
   */
  public static void heNormalFanOut(Tensor weight, Rng rng) {
    normal(weight, 0f, (float) Math.sqrt(2.0 / fanOut(weight)), rng);
  }

  /**
   * {@code U(-a, a)} with {@code a = 1 / sqrt(fanIn)}: the usual default of linear layers and
   * convolutions.
   *
   * @param weight shape [out, in, ...]
   * @param rng random numbers
   */
  public static void fanInUniform(Tensor weight, Rng rng) {
    float bound = (float) (1 / Math.sqrt(fanIn(weight)));
    uniform(weight, -bound, bound, rng);
  }

  /**
   * Uniform numbers.
   *
   * @param tensor any shape
   * @param low lower bound
   * @param high upper bound
   * @param rng random numbers
   */
  public static void uniform(Tensor tensor, float low, float high, Rng rng) {
    float[] values = tensor.floats();
    for (int i = 0; i < tensor.size(); i++) {
      values[tensor.offset() + i] = rng.uniform(i, low, high);
    }
  }

  /**
   * Normal numbers.
   *
   * @param tensor any shape
   * @param mean their mean
   * @param std their standard deviation
   * @param rng random numbers
   */
  public static void normal(Tensor tensor, float mean, float std, Rng rng) {
    float[] values = tensor.floats();
    for (int i = 0; i < tensor.size(); i++) {
      values[tensor.offset() + i] = mean + std * rng.normal(i);
    }
  }

  /**
   * Normal numbers of mean 0, drawn again (from further numbers of the stream) while they lie
   * outside two units: the transformers' "truncated normal".
   *
   * @param tensor any shape
   * @param std their standard deviation before the cut
   * @param rng random numbers
   */
  public static void truncatedNormal(Tensor tensor, float std, Rng rng) {
    float[] values = tensor.floats();
    for (int i = 0; i < tensor.size(); i++) {
      Rng element = rng.child(i);
      float value = element.normal(0);
      for (int draw = 1; Math.abs(value * std) > 2; draw++) {
        value = element.normal(draw);
      }
      values[tensor.offset() + i] = value * std;
    }
  }

  /**
   * One value everywhere.
   *
   * @param tensor any shape
   * @param value the value
   */
  public static void constant(Tensor tensor, float value) {
    float[] values = tensor.floats();
    Arrays.fill(values, tensor.offset(), tensor.offset() + tensor.size(), value);
  }

  /**
   * The bias of a sigmoid classifier that starts out answering {@code prior} (RetinaNet, Sec. 4.1):
   * {@code -log((1 - prior) / prior)}.
   *
   * @param prior a small probability, usually 0.01
   * @return the bias
   */
  public static float biasPrior(double prior) {
    return (float) -Math.log((1 - prior) / prior);
  }

  /**
   * The bias of deformable attention's offsets (Deformable DETR, Sec. A.4): head h looks into the
   * direction of angle {@code 2 pi h / H}, scaled so that the larger coordinate is 1, and its point
   * p lies p + 1 tokens away.
   *
   * @param bias written, shape [H * L * P * 2]
   * @param heads H
   * @param levels L
   * @param points P
   */
  public static void samplingDirections(Tensor bias, int heads, int levels, int points) {
    float[] values = bias.floats();
    int i = bias.offset();
    for (int head = 0; head < heads; head++) {
      // In single precision step by step, as the published code: its bits end up in checkpoints.
      float angle = head * (float) (2 * Math.PI / heads);
      float x = (float) Math.cos(angle);
      float y = (float) Math.sin(angle);
      float largest = Math.max(Math.abs(x), Math.abs(y));
      for (int level = 0; level < levels; level++) {
        for (int point = 1; point <= points; point++) {
          values[i++] = x / largest * point;
          values[i++] = y / largest * point;
        }
      }
    }
  }

  private static int fanIn(Tensor weight) {
    return weight.size() / weight.dim(0);
  }

  private static int fanOut(Tensor weight) {
    return weight.size() / weight.dim(1);
  }
}
