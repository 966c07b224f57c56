package org.stabledino.bench.ladder;

import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.AttentionBenchmark;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Dense attention with a mask, for each head {@code softmax(q k^T / sqrt(D) + mask) v}: the
 * decoder's self attention in training, where queries may not see the denoising ones.
 */
public class AttentionLadder extends Ladder {
  /** B x queries x channels, heads: 176 denoising and 880 matching queries. */
  @Param({"small 1x96x64 heads 2", "decoder.training 1x1056x256 heads 8"})
  public String shape;

  /** Queries whose scores are in use at a time: 24 x 1,056 floats are 99 KiB. */
  private static final int BLOCK = 24;

  private int n;
  private int channels;
  private int heads;
  private int d;
  private float scale;
  private float[] q;
  private float[] k;
  private float[] v;
  private float[] penalty;
  private float[] out;
  private float[] allScores;
  private Tensor queries;
  private Tensor keys;
  private Tensor values;
  private Tensor result;
  private Mask mask;
  private AttentionKernels kernels;

  /** A ladder whose shape is not set yet. */
  public AttentionLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    n = s.get(1);
    channels = s.get(2);
    heads = s.get(3);
    d = channels / heads;
    scale = (float) (1 / Math.sqrt(d));
    Tile.checkFits("N", n, BLOCK);
    Tile.checkFits("N", n, Tile.COLUMNS);
    Tile.checkFits("D", d, Tile.COLUMNS);
    Inputs inputs = new Inputs();
    queries = inputs.uniform(1, n, channels);
    keys = inputs.uniform(1, n, channels);
    values = inputs.uniform(1, n, channels);
    result = Tensor.empty(1, n, channels);
    q = queries.floats();
    k = keys.floats();
    v = values.floats();
    out = result.floats();
    allScores = new float[heads * n * n];
    Tensor blocked = AttentionBenchmark.blocked(n);
    mask = new Mask(blocked, null, null);
    penalty = new float[n * n];
    for (int i = 0; i < n * n; i++) {
      penalty[i] = blocked.bytes()[i] != 0 ? Float.NEGATIVE_INFINITY : 0f;
    }
    kernels = Backend.of(Device.CPU).attention();
  }

  @Override
  public double flops() {
    NamedShape s = NamedShape.of(shape);
    return 4.0 * s.get(1) * s.get(1) * s.get(2);
  }

  @Override
  public double bytes(String rung) {
    NamedShape s = NamedShape.of(shape);
    double pairs = (double) s.get(1) * s.get(1);
    double once = 4.0 * s.get(1) * s.get(2) + pairs;
    double between =
        switch (rung) {
          case "definition" -> 8 * s.get(3) * pairs;
          case "products" -> 6 * s.get(3) * pairs;
          default -> 0;
        };
    return 4 * (once + between);
  }

  @Override
  public float[][] results() {
    return new float[][] {out};
  }

  // 1 ----------------------------------------------------------------------------------------
  // As the formula is read: all scores of all heads, [H, N, N]; the mask; the softmax; the weighted
  // sum of the values. The dot products are sums in order, number after number, the exponentials
  // Math.exp's.

  /**
   * Scores, mask, softmax and sum, one after the other.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 1, title = "the formula")
  public float[] definition() {
    float[] scores = allScores;
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          float dot = 0f;
          for (int c = h * d; c < (h + 1) * d; c++) {
            dot += q[i * channels + c] * k[j * channels + c];
          }
          scores[(h * n + i) * n + j] = scale * dot;
        }
      }
    }
    for (int h = 0; h < heads; h++) {
      for (int pair = 0; pair < n * n; pair++) {
        scores[h * n * n + pair] += penalty[pair];
      }
    }
    for (int row = 0; row < heads * n; row++) {
      softmax(scores, row * n);
    }
    Arrays.fill(out, 0f);
    for (int h = 0; h < heads; h++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          float share = scores[(h * n + i) * n + j];
          for (int c = h * d; c < (h + 1) * d; c++) {
            out[i * channels + c] += share * v[j * channels + c];
          }
        }
      }
    }
    return out;
  }

  private void softmax(float[] scores, int at) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = at; j < at + n; j++) {
      max = Math.max(max, scores[j]);
    }
    float sum = 0f;
    for (int j = at; j < at + n; j++) {
      scores[j] = (float) Math.exp(scores[j] - max);
      sum += scores[j];
    }
    for (int j = at; j < at + n; j++) {
      scores[j] /= sum;
    }
  }

  // 2 ----------------------------------------------------------------------------------------
  // The two products by register tiles, the softmax by vectors: every step as fast as it can be for
  // itself. Between the steps stands memory: 36 MB of scores are written, read, written, read.

  /**
   * The same steps, each as a fast kernel.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 2, title = "fast products and softmax")
  public float[] products() {
    float[] scores = allScores;
    Arrays.fill(scores, 0f);
    float[] packed = new float[d * n];
    for (int h = 0; h < heads; h++) {
      packKeys(h, packed);
      scores(h, 0, n, packed, scores, h * n * n);
    }
    for (int h = 0; h < heads; h++) {
      for (int pair = 0; pair < n * n; pair++) {
        scores[h * n * n + pair] += penalty[pair];
      }
    }
    for (int row = 0; row < heads * n; row++) {
      SoftmaxLadder.row(scores, row * n, n, scores, row * n);
    }
    Arrays.fill(out, 0f);
    for (int h = 0; h < heads; h++) {
      Tile.pack(v, h * d, channels, n, d, packed, 0);
      sums(h, 0, n, packed, scores, h * n * n);
    }
    return out;
  }

  /** A head's keys as the right factor [D, N], packed. */
  private void packKeys(int h, float[] packed) {
    for (int j = 0; j < n; j++) {
      int panel = j / Tile.COLUMNS * Tile.COLUMNS * d + j % Tile.COLUMNS;
      for (int c = 0; c < d; c++) {
        packed[panel + c * Tile.COLUMNS] = scale * k[j * channels + h * d + c];
      }
    }
  }

  /** Scores of some queries of a head, added to zeros. */
  private void scores(int h, int first, int count, float[] packedKeys, float[] scores, int at) {
    int from = first * channels + h * d;
    Tile.multiply(count, n, d, q, from, channels, packedKeys, 0, scores, at, n);
  }

  /** Values weighted by the scores' softmax, added to zeros. */
  private void sums(int h, int first, int count, float[] packedValues, float[] scores, int at) {
    int to = first * channels + h * d;
    Tile.multiply(count, d, n, scores, at, n, packedValues, 0, out, to, channels);
  }

  // 3 ----------------------------------------------------------------------------------------
  // The same kernels on 24 queries at a time. Their scores stay in the second cache from the first
  // product to the second, and the full matrix never exists. Nothing is computed differently; the
  // steps have only moved into one loop.

  /**
   * All steps for a block of queries before the next.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 3, title = "24 queries at a time")
  public float[] blocks() {
    float[] packedKeys = new float[d * n];
    float[] packedValues = new float[d * n];
    float[] scores = new float[BLOCK * n];
    Arrays.fill(out, 0f);
    for (int h = 0; h < heads; h++) {
      packKeys(h, packedKeys);
      Tile.pack(v, h * d, channels, n, d, packedValues, 0);
      for (int first = 0; first < n; first += BLOCK) {
        Arrays.fill(scores, 0f);
        scores(h, first, BLOCK, packedKeys, scores, 0);
        for (int pair = 0; pair < BLOCK * n; pair++) {
          scores[pair] += penalty[first * n + pair];
        }
        for (int i = 0; i < BLOCK; i++) {
          SoftmaxLadder.row(scores, i * n, n, scores, i * n);
        }
        sums(h, first, BLOCK, packedValues, scores, 0);
      }
    }
    return out;
  }

  // 4 ----------------------------------------------------------------------------------------
  // The product's kernel works as rung 3 does, divides after the second product, where there are
  // fewer numbers, and keeps each row's logarithm of the sum, from which the backward pass makes
  // the scores anew instead of reading them from memory.

  /**
   * {@link AttentionKernels#attention}.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 4, title = "product", product = true)
  public float[] product() {
    kernels.attention(queries, keys, values, heads, scale, mask, result, null);
    return out;
  }
}
