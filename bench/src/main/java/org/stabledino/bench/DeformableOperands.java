package org.stabledino.bench;

import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Operands of deformable attention as the model has them: samples up to four tokens away from each
 * query's reference, which is the query's own token in the encoder and a random place in the
 * decoder.
 *
 * @param levels L feature levels with S tokens
 * @param value shape [B, S, heads, D]
 * @param locations (x, y) in 0..1, shape [B, Q, heads, L, P, 2]
 * @param weights shape [B, Q, heads, L, P]
 * @param gradOut shape [B, Q, heads * D]
 */
public record DeformableOperands(
    Levels levels, Tensor value, Tensor locations, Tensor weights, Tensor gradOut) {
  private static final int POINTS = 4;

  /**
   * Makes the operands.
   *
   * @param s B x Q x channels, heads, then height x width of each level; as many queries as tokens
   *     are an encoder's
   * @return seeded random numbers
   */
  public static DeformableOperands of(NamedShape s) {
    int batch = s.get(0);
    int queries = s.get(1);
    int channels = s.get(2);
    int heads = s.get(3);
    Levels levels = levels(s);
    int count = levels.count();
    Inputs inputs = new Inputs();
    DeformableOperands operands =
        new DeformableOperands(
            levels,
            inputs.uniform(batch, levels.tokens(), heads, channels / heads),
            inputs.uniform(batch, queries, heads, count, POINTS, 2),
            inputs.between(0f, 2f / (count * POINTS), batch, queries, heads, count, POINTS),
            inputs.uniform(batch, queries, channels));
    operands.placeSamples(inputs, batch, queries, heads);
    return operands;
  }

  /**
   * The same operands elsewhere.
   *
   * @param device where they shall lie
   * @return copies there
   */
  DeformableOperands on(Device device) {
    return new DeformableOperands(
        levels, value.to(device), locations.to(device), weights.to(device), gradOut.to(device));
  }

  /**
   * Operations of a forward pass: four corners of each sample, each multiplied and added. A
   * backward pass does so for the value, and once more for the location and the weight.
   *
   * @param s as in {@link #of}
   * @return the number
   */
  public static double flops(NamedShape s) {
    return 8.0 * s.get(0) * s.get(1) * s.get(2) * levels(s).count() * POINTS;
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

  /** Turns the uniform numbers in {@link #locations} into samples around the references. */
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
}
