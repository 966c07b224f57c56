package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * The gather of multi-scale deformable attention: for every query and head, the weighted sum of
 * bilinear samples on every level.
 *
 * <p>The one kernel of the model whose reads follow learned addresses. In the encoder the queries
 * are the tokens themselves, so their samples lie near one another; in the decoder they lie where
 * the boxes are.
 */
public class DeformableAttentionBenchmark extends Workload {
  private static final int POINTS = 4;

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
    NamedShape s = NamedShape.of(shape);
    int batch = s.get(0);
    int queries = s.get(1);
    int channels = s.get(2);
    int heads = s.get(3);
    levels = levels(s);
    int count = levels.count();
    Inputs inputs = new Inputs();
    kernels = Backend.of(Device.CPU).attention();
    value = inputs.uniform(batch, levels.tokens(), heads, channels / heads);
    weights = inputs.between(0f, 2f / (count * POINTS), batch, queries, heads, count, POINTS);
    locations = inputs.uniform(batch, queries, heads, count, POINTS, 2);
    placeSamples(inputs, batch, queries, heads);
    out = Tensor.empty(batch, queries, channels);
    gradOut = inputs.uniform(batch, queries, channels);
    gradValue = Tensor.empty(value.shape().dims());
    gradLocations = Tensor.empty(locations.shape().dims());
    gradWeights = Tensor.empty(weights.shape().dims());
  }

  private static Levels levels(NamedShape s) {
    int count = (s.extents().length - 4) / 2;
    int[] heights = new int[count];
    int[] widths = new int[count];
    for (int i = 0; i < count; i++) {
      heights[i] = s.get(4 + 2 * i);
      widths[i] = s.get(5 + 2 * i);
    }
    return new Levels(heights, widths);
  }

  /**
   * Turns the uniform numbers in {@link #locations} into samples up to four tokens away from each
   * query's reference: the query's own token in the encoder, a random place in the decoder.
   */
  private void placeSamples(Inputs inputs, int batch, int queries, int heads) {
    float[] xy = locations.floats();
    boolean encoder = queries == levels.tokens();
    int at = 0;
    for (int b = 0; b < batch; b++) {
      for (int query = 0; query < queries; query++) {
        float[] reference =
            encoder
                ? centre(query)
                : new float[] {inputs.random().nextFloat(), inputs.random().nextFloat()};
        for (int head = 0; head < heads; head++) {
          for (int level = 0; level < levels.count(); level++) {
            for (int point = 0; point < POINTS; point++, at += 2) {
              xy[at] = reference[0] + 4 * xy[at] / levels.widths()[level];
              xy[at + 1] = reference[1] + 4 * xy[at + 1] / levels.heights()[level];
            }
          }
        }
      }
    }
  }

  private float[] centre(int token) {
    int level = 0;
    while (token >= levels.start(level + 1)) {
      level++;
    }
    int width = levels.widths()[level];
    int inLevel = token - levels.start(level);
    return new float[] {
      (inLevel % width + 0.5f) / width, (inLevel / width + 0.5f) / levels.heights()[level]
    };
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    double samples = (double) s.get(0) * s.get(1) * s.get(2) * levels(s).count() * POINTS;
    // Four corners, each multiplied and added; backward does so for the value, and once more for
    // the location and the weight.
    return Work.flop(samples * 8 * (method.equals("forward") ? 1 : 2));
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
    return out;
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
    return gradValue;
  }
}
