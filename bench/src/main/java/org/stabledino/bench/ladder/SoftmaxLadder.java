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
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Softmax of rows, {@code y = e^(x - max) / sum of e^(x - max)}. The maximum is taken off so that
 * no exponential overflows; the quotient is the same.
 */
public class SoftmaxLadder extends Ladder {
  /** Rows x length: the scores of the decoder's self attention, for four of the eight heads. */
  @Param({"small 6x64", "decoder.scores 4224x1056"})
  public String shape;

  private int rows;
  private int n;
  private float[] x;
  private float[] y;
  private Tensor in;
  private Tensor out;
  private AttentionKernels kernels;

  /** A ladder whose shape is not set yet. */
  public SoftmaxLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    rows = s.get(0);
    n = s.get(1);
    Tile.checkFits("the length of a row", n, 2 * LANES);
    in = new Inputs().between(-4f, 4f, rows, n);
    out = Tensor.empty(rows, n);
    x = in.floats();
    y = out.floats();
    kernels = Backend.of(Device.CPU).attention();
  }

  @Override
  public double flops() {
    return 5 * NamedShape.of(shape).count(); // maximum, difference, exponential, sum, quotient
  }

  @Override
  public double bytes(String rung) {
    int arrays = rung.equals("passes") ? 8 : 2;
    return 4 * arrays * NamedShape.of(shape).count();
  }

  @Override
  public float[][] results() {
    return new float[][] {y};
  }

  // 1 ----------------------------------------------------------------------------------------
  // Operation by operation, as a library composes it: maxima, differences, exponentials, sums,
  // quotients, each for the whole matrix. The matrix does not fit the caches, so each operation
  // fetches it from memory again; and Math.exp is exact to the last digit of a double, one number
  // at a time.

  /**
   * Five passes over the matrix.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 1, title = "pass by pass, Math.exp")
  public float[] passes() {
    float[] perRow = new float[rows];
    for (int i = 0; i < rows; i++) {
      perRow[i] = max(i * n);
    }
    for (int i = 0; i < rows; i++) {
      for (int j = i * n; j < (i + 1) * n; j++) {
        y[j] = x[j] - perRow[i];
      }
    }
    for (int j = 0; j < rows * n; j++) {
      y[j] = (float) Math.exp(y[j]);
    }
    for (int i = 0; i < rows; i++) {
      perRow[i] = sum(i * n);
    }
    for (int i = 0; i < rows; i++) {
      for (int j = i * n; j < (i + 1) * n; j++) {
        y[j] /= perRow[i];
      }
    }
    return y;
  }

  private float max(int at) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = at; j < at + n; j++) {
      max = Math.max(max, x[j]);
    }
    return max;
  }

  private float sum(int at) {
    float sum = 0f;
    for (int j = at; j < at + n; j++) {
      sum += y[j];
    }
    return sum;
  }

  // 2 ----------------------------------------------------------------------------------------
  // The same five loops, but all for one row before the next is touched: a row of 4 KiB stays in
  // the
  // first cache, and memory is read once and written once. One division a row instead of one a
  // number. What is left is Math.exp.

  /**
   * Row after row.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 2, title = "row by row, Math.exp")
  public float[] rowByRow() {
    for (int i = 0; i < rows; i++) {
      int at = i * n;
      float max = max(at);
      float sum = 0f;
      for (int j = at; j < at + n; j++) {
        y[j] = (float) Math.exp(x[j] - max);
        sum += y[j];
      }
      float inverse = 1 / sum;
      for (int j = at; j < at + n; j++) {
        y[j] *= inverse;
      }
    }
    return y;
  }

  // 3 ----------------------------------------------------------------------------------------
  // The exponential of a vector of numbers: see Exponential. Maximum and sum are kept lane by lane,
  // and the lanes are joined once a row. The three loops are methods of their own on purpose: where
  // a method is too large for all its calls to be inlined, vectors become objects, and it is ten
  // times as slow.

  /**
   * Row after row, by vectors.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 3, title = "exponential by vectors")
  public float[] vectors() {
    for (int i = 0; i < rows; i++) {
      row(x, i * n, n, y, i * n);
    }
    return y;
  }

  /** Softmax of one row; x may be y. */
  static void row(float[] x, int at, int n, float[] y, int to) {
    float sum = exponentials(x, at, n, vectorMax(x, at, n), y, to);
    scale(y, to, n, 1 / sum);
  }

  private static float vectorMax(float[] x, int at, int n) {
    FloatVector max0 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    FloatVector max1 = max0;
    for (int j = at; j < at + n; j += 2 * LANES) {
      max0 = max0.max(FloatVector.fromArray(SPECIES, x, j));
      max1 = max1.max(FloatVector.fromArray(SPECIES, x, j + LANES));
    }
    return max0.max(max1).reduceLanes(VectorOperators.MAX);
  }

  /** Writes {@code e^(x - max)}; gives their sum. */
  private static float exponentials(float[] x, int at, int n, float max, float[] y, int to) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int j = 0; j < n; j += LANES) {
      FloatVector e = Exponential.of(FloatVector.fromArray(SPECIES, x, at + j).sub(max));
      e.intoArray(y, to + j);
      sum = sum.add(e);
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  private static void scale(float[] y, int at, int n, float factor) {
    for (int j = at; j < at + n; j += LANES) {
      FloatVector.fromArray(SPECIES, y, j).mul(factor).intoArray(y, j);
    }
  }

  // 4 ----------------------------------------------------------------------------------------
  // A step aside. The "online" softmax needs no pass for the maximum: each lane keeps the largest
  // number so far and the sum relative to it, and shrinks the sum when a larger one comes. That
  // trades a pass over the row for two more exponentials a number. Where rows come from far away,
  // or piece by piece, it wins; here the row lies in the first cache and the exponentials
  // are what costs, so it loses. A ladder is allowed a rung down, if it is known why.

  /**
   * Maximum and sum in one pass.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 4, title = "online maximum and sum")
  public float[] online() {
    float[] maxAndSum = new float[2];
    for (int i = 0; i < rows; i++) {
      statistics(i * n, maxAndSum);
      quotients(i * n, maxAndSum[0], 1 / maxAndSum[1]);
    }
    return y;
  }

  private void statistics(int at, float[] maxAndSum) {
    FloatVector max = FloatVector.fromArray(SPECIES, x, at);
    FloatVector sum = FloatVector.broadcast(SPECIES, 1f);
    for (int j = at + LANES; j < at + n; j += LANES) {
      FloatVector next = FloatVector.fromArray(SPECIES, x, j);
      FloatVector larger = max.max(next);
      FloatVector kept = sum.mul(Exponential.of(max.sub(larger)));
      sum = kept.add(Exponential.of(next.sub(larger)));
      max = larger;
    }
    float rowMax = max.reduceLanes(VectorOperators.MAX);
    maxAndSum[0] = rowMax;
    maxAndSum[1] = sum.mul(Exponential.of(max.sub(rowMax))).reduceLanes(VectorOperators.ADD);
  }

  private void quotients(int at, float max, float factor) {
    for (int j = at; j < at + n; j += LANES) {
      FloatVector e = Exponential.of(FloatVector.fromArray(SPECIES, x, j).sub(max));
      e.mul(factor).intoArray(y, j);
    }
  }

  // 5 ----------------------------------------------------------------------------------------
  // The product's kernel: rung 3 for rows of any length, among them the 12 or 16 weights of
  // deformable attention, where joining the lanes of a row would cost as much as the row.

  /**
   * {@link AttentionKernels#softmax}.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 5, title = "product", product = true)
  public float[] product() {
    kernels.softmax(in, out);
    return y;
  }
}
