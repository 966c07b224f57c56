package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.LANES;
import static org.stabledino.bench.ladder.Tile.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.Tensor;

/**
 * Layer normalisation of tokens, {@code y = (x - mean) / sqrt(var + eps) * weight + bias}, mean and
 * variance over a token's channels.
 */
public class LayerNormLadder extends Ladder {
  /** Tokens x channels: the encoder at 800 x 1333. */
  @Param({"small 12x64", "r50.encoder 22223x256"})
  public String shape;

  private static final float EPS = 1e-5f;

  private int rows;
  private int n;
  private float[] x;
  private float[] weight;
  private float[] bias;
  private float[] y;
  private Tensor in;
  private Tensor scales;
  private Tensor shifts;
  private Tensor out;
  private NormalizationKernels kernels;

  /** A ladder whose shape is not set yet. */
  public LayerNormLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    rows = s.get(0);
    n = s.get(1);
    Tile.checkFits("C", n, 4 * LANES);
    Inputs inputs = new Inputs();
    in = inputs.uniform(rows, n);
    scales = inputs.uniform(n);
    shifts = inputs.uniform(n);
    out = Tensor.empty(rows, n);
    x = in.floats();
    weight = scales.floats();
    bias = shifts.floats();
    y = out.floats();
    kernels = Backend.of(Device.CPU).normalization();
  }

  @Override
  public double flops() {
    return 8 * NamedShape.of(shape).count(); // sum; difference, square, sum; difference, 2 x, +
  }

  @Override
  public double bytes(String rung) {
    int arrays = rung.equals("passes") ? 9 : 2;
    return 4 * arrays * NamedShape.of(shape).count();
  }

  @Override
  public float[][] results() {
    return new float[][] {y};
  }

  // 1 ----------------------------------------------------------------------------------------
  // Operation by operation: means, differences, variances, quotients, scale and shift, each for all
  // tokens. Nine times the tokens' 23 MB pass between memory and the core.

  /**
   * Five passes over all tokens.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 1, title = "pass by pass")
  public float[] passes() {
    float[] perRow = new float[rows];
    for (int i = 0; i < rows; i++) {
      perRow[i] = sum(x, i * n) / n;
    }
    for (int i = 0; i < rows; i++) {
      for (int j = i * n; j < (i + 1) * n; j++) {
        y[j] = x[j] - perRow[i];
      }
    }
    for (int i = 0; i < rows; i++) {
      perRow[i] = (float) (1 / Math.sqrt(sumOfSquares(i * n) / n + EPS));
    }
    for (int i = 0; i < rows; i++) {
      for (int j = i * n; j < (i + 1) * n; j++) {
        y[j] *= perRow[i];
      }
    }
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < n; j++) {
        y[i * n + j] = y[i * n + j] * weight[j] + bias[j];
      }
    }
    return y;
  }

  private float sum(float[] values, int at) {
    float sum = 0f;
    for (int j = at; j < at + n; j++) {
      sum += values[j];
    }
    return sum;
  }

  private float sumOfSquares(int at) {
    float sum = 0f;
    for (int j = at; j < at + n; j++) {
      sum += y[j] * y[j];
    }
    return sum;
  }

  // 2 ----------------------------------------------------------------------------------------
  // All passes for a token of 1 KiB before the next token: memory is read once and written once.
  // It gains less than one would think, because the two sums are not limited by memory: an addition
  // takes three or four cycles and waits for the one before, and the compiler may not reorder
  // additions of floats, whose results would change.

  /**
   * Token after token.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 2, title = "token by token")
  public float[] tokenByToken() {
    for (int i = 0; i < rows; i++) {
      int at = i * n;
      float mean = sum(x, at) / n;
      for (int j = at; j < at + n; j++) {
        y[j] = x[j] - mean;
      }
      float inverse = (float) (1 / Math.sqrt(sumOfSquares(at) / n + EPS));
      for (int j = 0; j < n; j++) {
        y[at + j] = y[at + j] * inverse * weight[j] + bias[j];
      }
    }
    return y;
  }

  // 3 ----------------------------------------------------------------------------------------
  // The Vector API is the promise that another order will do. Four vectors of sums make 32 chains
  // out of one; the lanes are joined once a token.

  /**
   * Token after token, sums by vectors.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 3, title = "sums by vectors")
  public float[] vectors() {
    for (int i = 0; i < rows; i++) {
      int at = i * n;
      float mean = vectorSum(at) / n;
      float inverse = (float) (1 / Math.sqrt(squaredDistance(at, mean) / n + EPS));
      FloatVector factor = FloatVector.broadcast(SPECIES, inverse);
      for (int j = 0; j < n; j += LANES) {
        FloatVector scale = FloatVector.fromArray(SPECIES, weight, j).mul(factor);
        FloatVector.fromArray(SPECIES, x, at + j)
            .sub(mean)
            .fma(scale, FloatVector.fromArray(SPECIES, bias, j))
            .intoArray(y, at + j);
      }
    }
    return y;
  }

  private float vectorSum(int at) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int j = at; j < at + n; j += 4 * LANES) {
      s0 = s0.add(FloatVector.fromArray(SPECIES, x, j));
      s1 = s1.add(FloatVector.fromArray(SPECIES, x, j + LANES));
      s2 = s2.add(FloatVector.fromArray(SPECIES, x, j + 2 * LANES));
      s3 = s3.add(FloatVector.fromArray(SPECIES, x, j + 3 * LANES));
    }
    return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
  }

  private float squaredDistance(int at, float mean) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int j = at; j < at + n; j += 4 * LANES) {
      FloatVector d0 = FloatVector.fromArray(SPECIES, x, j).sub(mean);
      FloatVector d1 = FloatVector.fromArray(SPECIES, x, j + LANES).sub(mean);
      FloatVector d2 = FloatVector.fromArray(SPECIES, x, j + 2 * LANES).sub(mean);
      FloatVector d3 = FloatVector.fromArray(SPECIES, x, j + 3 * LANES).sub(mean);
      s0 = d0.fma(d0, s0);
      s1 = d1.fma(d1, s1);
      s2 = d2.fma(d2, s2);
      s3 = d3.fma(d3, s3);
    }
    return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
  }

  // 4 ----------------------------------------------------------------------------------------
  // The product's kernel: any number of channels, and the statistics kept for the backward pass
  // where there is one.

  /**
   * {@link NormalizationKernels#layerNorm}.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 4, title = "product", product = true)
  public float[] product() {
    kernels.layerNorm(in, scales, shifts, EPS, out, null, null);
    return y;
  }
}
