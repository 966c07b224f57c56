package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.Tensor;

/**
 * Layer normalisation of tokens and group normalisation of feature maps, forward and backward.
 *
 * <p>These kernels do a handful of operations a value, so memory is their ceiling: compare their
 * GB/s with {@link PeakBenchmark#triad}. The traffic counted is that of one pass over each tensor;
 * a map that fits the caches can exceed the triad.
 */
public class NormalizationBenchmark extends DeviceWorkload {
  private static final float EPS = 1e-5f;

  /** N x rows x C: two images of the small recipe, one image for R50. Rows are tokens or pixels. */
  @Param({
    "small.decoder.norm 2x180x64",
    "small.encoder.norm 2x336x64",
    "small.res2.norm 2x1024x16",
    "r50.decoder.norm 1x1100x256",
    "r50.neck.res4 1x4200x256",
    "r50.encoder.norm 1x22223x256"
  })
  public String shape;

  private NormalizationKernels kernels;
  private int groups;
  private Tensor x;
  private Tensor y;
  private Tensor gradX;
  private Tensor weight;
  private Tensor bias;
  private Tensor gradWeight;
  private Tensor gradBias;
  private Tensor rowMean;
  private Tensor rowInverseStd;
  private Tensor groupMean;
  private Tensor groupInverseStd;

  /** A benchmark without memory yet. */
  public NormalizationBenchmark() {}

  /** Makes the operands and the statistics that the backward passes read. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    int images = s.get(0);
    int rows = s.get(1);
    int channels = s.get(2);
    groups = channels / 8;
    Inputs inputs = inputs();
    kernels = backend().normalization();
    x = inputs.uniform(images, rows, channels);
    y = inputs.uniform(images, rows, channels);
    gradX = empty(images, rows, channels);
    weight = inputs.uniform(channels);
    bias = inputs.uniform(channels);
    gradWeight = empty(channels);
    gradBias = empty(channels);
    rowMean = empty(images, rows);
    rowInverseStd = empty(images, rows);
    groupMean = empty(images, groups);
    groupInverseStd = empty(images, groups);
    layerNormForward();
    groupNormForward();
  }

  @Override
  Work work(String method) {
    int tensors = method.endsWith("Forward") ? 2 : 3;
    return Work.floats(tensors * NamedShape.of(shape).count());
  }

  // After each attention and each feed-forward network: one row is one token.

  /**
   * Layer normalisation, storing what the backward pass needs.
   *
   * @return y
   */
  @Benchmark
  public Tensor layerNormForward() {
    kernels.layerNorm(x, weight, bias, EPS, y, rowMean, rowInverseStd);
    return done(y);
  }

  // Three gradients in one pass over x and dy; those of weight and bias are sums over all rows.

  /**
   * The gradients of input, weight and bias.
   *
   * @return dx
   */
  @Benchmark
  public Tensor layerNormBackward() {
    kernels.layerNormBackward(y, x, weight, rowMean, rowInverseStd, gradX, gradWeight, gradBias);
    return done(gradX);
  }

  // In the neck (32 groups of 8 channels) and, in the small model, throughout the backbone: the
  // statistics run over a whole image, so the map is read twice.

  /**
   * Group normalisation with ReLU, 8 channels a group.
   *
   * @return y
   */
  @Benchmark
  public Tensor groupNormForward() {
    kernels.groupNorm(x, groups, weight, bias, EPS, Activation.RELU, y, groupMean, groupInverseStd);
    return done(y);
  }

  // As above, but the sums that the gradient of x needs are those of a whole image.

  /**
   * The gradients of input, weight and bias.
   *
   * @return dx
   */
  @Benchmark
  public Tensor groupNormBackward() {
    kernels.groupNormBackward(
        y, x, groups, weight, groupMean, groupInverseStd, gradX, gradWeight, gradBias);
    return done(gradX);
  }
}
