package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.LANES;
import static org.stabledino.bench.ladder.Tile.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.Tensor;

/**
 * The matrix product, {@code c[i, j] = sum over p of a[i, p] b[p, j]}: the same 2 M N K operations
 * on every rung, in another order and from another place.
 */
public class GemmLadder extends Ladder {
  /** M x K x N: the second layer of the decoder's feed-forward network, for 300 queries. */
  @Param({"small 12x72x64", "decoder.ffn2 300x2048x256"})
  public String shape;

  /** Rows of b that are used together: 64 x 256 floats are 64 KiB. */
  private static final int ROWS_OF_B = 64;

  private int m;
  private int n;
  private int k;
  private float[] a;
  private float[] b;
  private float[] c;
  private float[] packed;
  private Tensor left;
  private Tensor right;
  private Tensor out;
  private MatmulKernels kernels;

  /** A ladder whose shape is not set yet. */
  public GemmLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    m = s.get(0);
    k = s.get(1);
    n = s.get(2);
    Tile.checkFits("M", m, Tile.ROWS);
    Tile.checkFits("N", n, 2 * Tile.COLUMNS);
    Inputs inputs = new Inputs();
    left = inputs.uniform(m, k);
    right = inputs.uniform(k, n);
    out = Tensor.empty(m, n);
    a = left.floats();
    b = right.floats();
    c = out.floats();
    packed = new float[k * n];
    kernels = Backend.of(Device.CPU).matmul();
  }

  @Override
  public double flops() {
    return 2 * NamedShape.of(shape).count();
  }

  @Override
  public double bytes(String rung) {
    NamedShape s = NamedShape.of(shape);
    double size = (double) s.get(0) * s.get(1) + (double) s.get(1) * s.get(2);
    return 4 * (size + (double) s.get(0) * s.get(2));
  }

  @Override
  public float[][] results() {
    return new float[][] {c};
  }

  // 1 ----------------------------------------------------------------------------------------
  // As the formula is read. The inner loop walks down a column of b: each step touches another
  // cache line and uses one of its 16 numbers. Rows of b are 1 KiB apart, a power of two, so the
  // column's lines compete for four of the cache's 64 sets. And every addition waits for the
  // one before: Java adds floats in the order that is written.

  /**
   * Row, column, sum.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 1, title = "three loops")
  public float[] threeLoops() {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = 0f;
        for (int p = 0; p < k; p++) {
          sum += a[i * k + p] * b[p * n + j];
        }
        c[i * n + j] = sum;
      }
    }
    return c;
  }

  // 2 ----------------------------------------------------------------------------------------
  // The same three loops, the inner two exchanged. Now the inner loop walks along rows of b and c:
  // whole cache lines, and additions that do not wait for one another, so that the compiler takes
  // a vector of columns at a time. But c is read and written for every p, and b, which is larger
  // than the second cache, comes from the third again for each row.

  /**
   * Row, sum, column.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 2, title = "inner loop along the rows")
  public float[] alongRows() {
    Arrays.fill(c, 0f);
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < k; p++) {
        addRow(a[i * k + p], p * n, i * n);
      }
    }
    return c;
  }

  private void addRow(float x, int bAt, int cAt) {
    for (int j = 0; j < n; j++) {
      c[cAt + j] += x * b[bAt + j];
    }
  }

  // 3 ----------------------------------------------------------------------------------------
  // A few rows of b, as many as the nearer caches hold, serve all rows of a before the next few are
  // touched. Nothing else changes; b is read from the third cache once instead of M times.

  /**
   * Blocks of the common dimension outside.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 3, title = "blocks that fit a cache")
  public float[] blocks() {
    Arrays.fill(c, 0f);
    for (int from = 0; from < k; from += ROWS_OF_B) {
      int to = Math.min(k, from + ROWS_OF_B);
      for (int i = 0; i < m; i++) {
        for (int p = from; p < to; p++) {
          addRow(a[i * k + p], p * n, i * n);
        }
      }
    }
    return c;
  }

  // 4 ----------------------------------------------------------------------------------------
  // The Vector API gives names to registers. Four vectors of sums stay in theirs while a block of
  // b passes: no more reading and writing of c, and one fused instruction in place of a
  // multiplication and an addition, which Java's + and * must round apart. What limits it now: a
  // load for every multiply-add, and four sums under way where eight are needed.

  /**
   * One row times four vectors, sums in registers.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 4, title = "vectors, sums in registers")
  public float[] vectors() {
    Arrays.fill(c, 0f);
    for (int from = 0; from < k; from += ROWS_OF_B) {
      int to = Math.min(k, from + ROWS_OF_B);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j += 4 * LANES) {
          addFour(i * k, from, to, j, i * n + j);
        }
      }
    }
    return c;
  }

  private void addFour(int aAt, int from, int to, int column, int cAt) {
    FloatVector s0 = FloatVector.fromArray(SPECIES, c, cAt);
    FloatVector s1 = FloatVector.fromArray(SPECIES, c, cAt + LANES);
    FloatVector s2 = FloatVector.fromArray(SPECIES, c, cAt + 2 * LANES);
    FloatVector s3 = FloatVector.fromArray(SPECIES, c, cAt + 3 * LANES);
    for (int p = from; p < to; p++) {
      FloatVector x = FloatVector.broadcast(SPECIES, a[aAt + p]);
      int at = p * n + column;
      s0 = x.fma(FloatVector.fromArray(SPECIES, b, at), s0);
      s1 = x.fma(FloatVector.fromArray(SPECIES, b, at + LANES), s1);
      s2 = x.fma(FloatVector.fromArray(SPECIES, b, at + 2 * LANES), s2);
      s3 = x.fma(FloatVector.fromArray(SPECIES, b, at + 3 * LANES), s3);
    }
    s0.intoArray(c, cAt);
    s1.intoArray(c, cAt + LANES);
    s2.intoArray(c, cAt + 2 * LANES);
    s3.intoArray(c, cAt + 3 * LANES);
  }

  // 5 ----------------------------------------------------------------------------------------
  // Six rows share what is loaded of b, twelve sums are under way: see Tile. The tile reads b where
  // it lies, two vectors of a row and then the row 1 KiB below: half of the cache's ways are
  // fought over, and a page is left every four steps.

  /**
   * Six rows times two vectors.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 5, title = "register tile 6 x 2")
  public float[] tile() {
    Arrays.fill(c, 0f);
    for (int from = 0; from < k; from += Tile.BLOCK_K) {
      int depth = Math.min(Tile.BLOCK_K, k - from);
      for (int j = 0; j < n; j += Tile.COLUMNS) {
        for (int i = 0; i < m; i += Tile.ROWS) {
          Tile.add(a, i * k + from, k, depth, b, from * n + j, n, c, i * n + j, n);
        }
      }
    }
    return c;
  }

  // 6 ----------------------------------------------------------------------------------------
  // The same tiles, but the columns that they read have been copied together. The copy costs K N
  // moves; M N K multiply-adds gain from it.

  /**
   * The tile on packed panels.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 6, title = "packed panels")
  public float[] packed() {
    Arrays.fill(c, 0f);
    Tile.pack(b, 0, n, k, n, packed, 0);
    Tile.multiply(m, n, k, a, 0, k, packed, 0, c, 0, n);
    return c;
  }

  // 7 ----------------------------------------------------------------------------------------
  // The product's kernel: any sizes, transposed factors, a bias and ReLU on the way out, tiles by
  // the number of registers, packing where it pays, and tasks for all threads.

  /**
   * {@link MatmulKernels#gemm}.
   *
   * @return c
   */
  @Benchmark
  @Rung(value = 7, title = "product", product = true)
  public float[] product() {
    kernels.gemm(false, false, left, right, null, Activation.NONE, false, out);
    return c;
  }
}
