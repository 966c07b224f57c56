package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Tensor;

/**
 * The gather of multi-scale deformable attention: for every query and head, the weighted sum of
 * bilinear samples on every level.
 *
 * <p>The one kernel of the model whose reads follow learned addresses. In the encoder the queries
 * are the tokens themselves, so their samples lie near one another; in the decoder they lie where
 * the boxes are.
 */
public class DeformableAttentionBenchmark extends DeviceWorkload {
  /** B x queries x channels, heads, then height x width of each level. */
  @Param({
    "small.decoder 2x180x64 heads 8 levels 16x16 8x8 4x4",
    "small.encoder 2x336x64 heads 8 levels 16x16 8x8 4x4",
    "small.bccd.encoder 2x1580x64 heads 8 levels 30x40 15x20 8x10",
    "r50.decoder 1x1100x256 heads 8 levels 100x167 50x84 25x42 13x21",
    "r50.encoder 1x22223x256 heads 8 levels 100x167 50x84 25x42 13x21"
  })
  public String shape;

  private AttentionKernels kernels;
  private Levels levels;
  private Tensor value;
  private Tensor locations;
  private Tensor weights;
  private Tensor out;
  private Tensor gradOut;
  private Tensor gradValue;
  private Tensor gradLocations;
  private Tensor gradWeights;

  /** A benchmark without memory yet. */
  public DeformableAttentionBenchmark() {}

  /** Makes the operands: reference points as the model has them, samples around them. */
  @Setup
  public void setUp() {
    DeformableOperands operands = DeformableOperands.of(NamedShape.of(shape)).on(DEVICE);
    kernels = backend().attention();
    levels = operands.levels();
    value = operands.value();
    weights = operands.weights();
    locations = operands.locations();
    gradOut = operands.gradOut();
    out = empty(gradOut.shape().dims());
    gradValue = empty(value.shape().dims());
    gradLocations = empty(locations.shape().dims());
    gradWeights = empty(weights.shape().dims());
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    return Work.flop(DeformableOperands.flops(s) * (method.equals("forward") ? 1 : 2));
  }

  // One head's channels of a corner are contiguous: 8 values in the small model, 32 in R50.

  /**
   * The weighted samples.
   *
   * @return their sums
   */
  @Benchmark
  public Tensor forward() {
    kernels.deformableAttention(value, levels, locations, weights, out);
    return done(out);
  }

  // The gradient of the values is a scatter with conflicts between queries.

  /**
   * The gradients of values, locations and weights.
   *
   * @return the gradient of the values
   */
  @Benchmark
  public Tensor backward() {
    kernels.deformableAttentionBackward(
        gradOut, value, levels, locations, weights, gradValue, gradLocations, gradWeights);
    return done(gradValue);
  }
}
