package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Six rows times four vectors where the processor has 32 vector registers, times two where it has
 * 16: so many sums stay in registers that neither the latency of a fused multiply-add nor the two
 * loads a cycle hold it up. Every sum is a local variable, as C2 keeps no array in registers.
 *
 * <p>The tiles have one path and no masks: a branch that merges twelve vectors, or a masked access
 * seen once, made C2 spill or box all sums and cost a factor of six. So the sums always start from
 * some array (the result, the bias or zeros), a panel that is not whole goes through a small copy,
 * and ReLU is a pass of its own over what is still in the nearest cache.
 *
 * <p>Three to five rows are computed as six, the last one repeated: all sums are loaded before any
 * is stored, so storing a row twice stores the same.
 */
final class VectorGemm implements GemmLoops {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;
  private static final int ROWS = 6;
  private static final int VECTORS = VectorWidth.MANY_REGISTERS ? 4 : 2;
  private static final int PANEL = VECTORS * LANES;
  private static final float[] ZEROS = new float[PANEL];

  @Override
  public int panel() {
    return PANEL;
  }

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public boolean exact(int n) {
    return n == LANES || n == 2 * LANES || n == PANEL;
  }

  @Override
  public void block(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu) {
    if (!exact(n)) {
      partial(m, n, k, a, aAt, lda, b, bAt, ldb, c, cAt, ldc, bias, biasAt, accumulate, relu);
      return;
    }
    float[] init = accumulate ? c : bias == null ? ZEROS : bias;
    int initAt = accumulate ? cAt : bias == null ? 0 : biasAt;
    int initStep = accumulate ? ldc : 0;
    tiles(m, n, k, a, aAt, lda, b, bAt, ldb, init, initAt, initStep, c, cAt, ldc);
    if (relu) {
      for (int i = 0; i < m; i++) {
        relu(c, cAt + i * ldc, n);
      }
    }
  }

  /** Computes whole vectors in a copy of a few rows, of which n columns go to the result. */
  private static void partial(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu) {
    int width = n <= LANES ? LANES : n <= 2 * LANES ? 2 * LANES : PANEL;
    float[] copy = new float[ROWS * PANEL];
    float[] start = new float[PANEL];
    if (bias != null && !accumulate) {
      System.arraycopy(bias, biasAt, start, 0, n);
    }
    for (int i = 0; i < m; i += ROWS) {
      int rows = Math.min(m - i, ROWS);
      int ci = cAt + i * ldc;
      for (int r = 0; accumulate && r < rows; r++) {
        System.arraycopy(c, ci + r * ldc, copy, r * PANEL, n);
      }
      float[] init = accumulate ? copy : start;
      int initStep = accumulate ? PANEL : 0;
      int ai = aAt + i * lda;
      tiles(rows, width, k, a, ai, lda, b, bAt, ldb, init, 0, initStep, copy, 0, PANEL);
      if (relu) {
        relu(copy, 0, rows * PANEL);
      }
      for (int r = 0; r < rows; r++) {
        System.arraycopy(copy, r * PANEL, c, ci + r * ldc, n);
      }
    }
  }

  private static void relu(float[] x, int at, int n) {
    for (int j = 0; j < n; j += LANES) {
      FloatVector.fromArray(S, x, at + j).max(0f).intoArray(x, at + j);
    }
  }

  /** {@code c = init + a b} for n = one, two or {@link #VECTORS} vectors. */
  private static void tiles(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      int initStep,
      float[] c,
      int cAt,
      int ldc) {
    int i = 0;
    while (i < m) {
      int ai = aAt + i * lda;
      int ii = initAt + i * initStep;
      int ci = cAt + i * ldc;
      int left = m - i;
      if (left > 2) {
        int last = Math.min(left, ROWS) - 1;
        if (n > 2 * LANES) {
          tile6x4(k, last, a, ai, lda, b, bAt, ldb, init, ii, initStep, c, ci, ldc);
        } else if (n > LANES) {
          tile6x2(k, last, a, ai, lda, b, bAt, ldb, init, ii, initStep, c, ci, ldc);
        } else {
          tile6x1(k, last, a, ai, lda, b, bAt, ldb, init, ii, initStep, c, ci, ldc);
        }
        i += ROWS;
      } else {
        if (n > 2 * LANES) {
          tile1x4(k, a, ai, b, bAt, ldb, init, ii, c, ci);
        } else if (n > LANES) {
          tile1x2(k, a, ai, b, bAt, ldb, init, ii, c, ci);
        } else {
          tile1x1(k, a, ai, b, bAt, ldb, init, ii, c, ci);
        }
        i++;
      }
    }
  }

  /** Six rows times four vectors. */
  private static void tile6x4(
      int k,
      int last,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      int initStep,
      float[] c,
      int cAt,
      int ldc) {
    int a1 = aAt + Math.min(1, last) * lda;
    int a2 = aAt + Math.min(2, last) * lda;
    int a3 = aAt + Math.min(3, last) * lda;
    int a4 = aAt + Math.min(4, last) * lda;
    int a5 = aAt + Math.min(5, last) * lda;
    FloatVector s00 = FloatVector.fromArray(S, init, initAt);
    FloatVector s01 = FloatVector.fromArray(S, init, initAt + LANES);
    FloatVector s02 = FloatVector.fromArray(S, init, initAt + 2 * LANES);
    FloatVector s03 = FloatVector.fromArray(S, init, initAt + 3 * LANES);
    int i1 = initAt + Math.min(1, last) * initStep;
    FloatVector s10 = FloatVector.fromArray(S, init, i1);
    FloatVector s11 = FloatVector.fromArray(S, init, i1 + LANES);
    FloatVector s12 = FloatVector.fromArray(S, init, i1 + 2 * LANES);
    FloatVector s13 = FloatVector.fromArray(S, init, i1 + 3 * LANES);
    int i2 = initAt + Math.min(2, last) * initStep;
    FloatVector s20 = FloatVector.fromArray(S, init, i2);
    FloatVector s21 = FloatVector.fromArray(S, init, i2 + LANES);
    FloatVector s22 = FloatVector.fromArray(S, init, i2 + 2 * LANES);
    FloatVector s23 = FloatVector.fromArray(S, init, i2 + 3 * LANES);
    int i3 = initAt + Math.min(3, last) * initStep;
    FloatVector s30 = FloatVector.fromArray(S, init, i3);
    FloatVector s31 = FloatVector.fromArray(S, init, i3 + LANES);
    FloatVector s32 = FloatVector.fromArray(S, init, i3 + 2 * LANES);
    FloatVector s33 = FloatVector.fromArray(S, init, i3 + 3 * LANES);
    int i4 = initAt + Math.min(4, last) * initStep;
    FloatVector s40 = FloatVector.fromArray(S, init, i4);
    FloatVector s41 = FloatVector.fromArray(S, init, i4 + LANES);
    FloatVector s42 = FloatVector.fromArray(S, init, i4 + 2 * LANES);
    FloatVector s43 = FloatVector.fromArray(S, init, i4 + 3 * LANES);
    int i5 = initAt + Math.min(5, last) * initStep;
    FloatVector s50 = FloatVector.fromArray(S, init, i5);
    FloatVector s51 = FloatVector.fromArray(S, init, i5 + LANES);
    FloatVector s52 = FloatVector.fromArray(S, init, i5 + 2 * LANES);
    FloatVector s53 = FloatVector.fromArray(S, init, i5 + 3 * LANES);
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector b2 = FloatVector.fromArray(S, b, at + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(S, b, at + 3 * LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
      s01 = b1.fma(x0, s01);
      s02 = b2.fma(x0, s02);
      s03 = b3.fma(x0, s03);
      FloatVector x1 = FloatVector.broadcast(S, a[a1 + p]);
      s10 = b0.fma(x1, s10);
      s11 = b1.fma(x1, s11);
      s12 = b2.fma(x1, s12);
      s13 = b3.fma(x1, s13);
      FloatVector x2 = FloatVector.broadcast(S, a[a2 + p]);
      s20 = b0.fma(x2, s20);
      s21 = b1.fma(x2, s21);
      s22 = b2.fma(x2, s22);
      s23 = b3.fma(x2, s23);
      FloatVector x3 = FloatVector.broadcast(S, a[a3 + p]);
      s30 = b0.fma(x3, s30);
      s31 = b1.fma(x3, s31);
      s32 = b2.fma(x3, s32);
      s33 = b3.fma(x3, s33);
      FloatVector x4 = FloatVector.broadcast(S, a[a4 + p]);
      s40 = b0.fma(x4, s40);
      s41 = b1.fma(x4, s41);
      s42 = b2.fma(x4, s42);
      s43 = b3.fma(x4, s43);
      FloatVector x5 = FloatVector.broadcast(S, a[a5 + p]);
      s50 = b0.fma(x5, s50);
      s51 = b1.fma(x5, s51);
      s52 = b2.fma(x5, s52);
      s53 = b3.fma(x5, s53);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
    s02.intoArray(c, cAt + 2 * LANES);
    s03.intoArray(c, cAt + 3 * LANES);
    int c1 = cAt + Math.min(1, last) * ldc;
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s12.intoArray(c, c1 + 2 * LANES);
    s13.intoArray(c, c1 + 3 * LANES);
    int c2 = cAt + Math.min(2, last) * ldc;
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s22.intoArray(c, c2 + 2 * LANES);
    s23.intoArray(c, c2 + 3 * LANES);
    int c3 = cAt + Math.min(3, last) * ldc;
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    s32.intoArray(c, c3 + 2 * LANES);
    s33.intoArray(c, c3 + 3 * LANES);
    int c4 = cAt + Math.min(4, last) * ldc;
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    s42.intoArray(c, c4 + 2 * LANES);
    s43.intoArray(c, c4 + 3 * LANES);
    int c5 = cAt + Math.min(5, last) * ldc;
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
    s52.intoArray(c, c5 + 2 * LANES);
    s53.intoArray(c, c5 + 3 * LANES);
  }

  /** Six rows times two vectors. */
  private static void tile6x2(
      int k,
      int last,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      int initStep,
      float[] c,
      int cAt,
      int ldc) {
    int a1 = aAt + Math.min(1, last) * lda;
    int a2 = aAt + Math.min(2, last) * lda;
    int a3 = aAt + Math.min(3, last) * lda;
    int a4 = aAt + Math.min(4, last) * lda;
    int a5 = aAt + Math.min(5, last) * lda;
    FloatVector s00 = FloatVector.fromArray(S, init, initAt);
    FloatVector s01 = FloatVector.fromArray(S, init, initAt + LANES);
    int i1 = initAt + Math.min(1, last) * initStep;
    FloatVector s10 = FloatVector.fromArray(S, init, i1);
    FloatVector s11 = FloatVector.fromArray(S, init, i1 + LANES);
    int i2 = initAt + Math.min(2, last) * initStep;
    FloatVector s20 = FloatVector.fromArray(S, init, i2);
    FloatVector s21 = FloatVector.fromArray(S, init, i2 + LANES);
    int i3 = initAt + Math.min(3, last) * initStep;
    FloatVector s30 = FloatVector.fromArray(S, init, i3);
    FloatVector s31 = FloatVector.fromArray(S, init, i3 + LANES);
    int i4 = initAt + Math.min(4, last) * initStep;
    FloatVector s40 = FloatVector.fromArray(S, init, i4);
    FloatVector s41 = FloatVector.fromArray(S, init, i4 + LANES);
    int i5 = initAt + Math.min(5, last) * initStep;
    FloatVector s50 = FloatVector.fromArray(S, init, i5);
    FloatVector s51 = FloatVector.fromArray(S, init, i5 + LANES);
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
      s01 = b1.fma(x0, s01);
      FloatVector x1 = FloatVector.broadcast(S, a[a1 + p]);
      s10 = b0.fma(x1, s10);
      s11 = b1.fma(x1, s11);
      FloatVector x2 = FloatVector.broadcast(S, a[a2 + p]);
      s20 = b0.fma(x2, s20);
      s21 = b1.fma(x2, s21);
      FloatVector x3 = FloatVector.broadcast(S, a[a3 + p]);
      s30 = b0.fma(x3, s30);
      s31 = b1.fma(x3, s31);
      FloatVector x4 = FloatVector.broadcast(S, a[a4 + p]);
      s40 = b0.fma(x4, s40);
      s41 = b1.fma(x4, s41);
      FloatVector x5 = FloatVector.broadcast(S, a[a5 + p]);
      s50 = b0.fma(x5, s50);
      s51 = b1.fma(x5, s51);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
    int c1 = cAt + Math.min(1, last) * ldc;
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    int c2 = cAt + Math.min(2, last) * ldc;
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    int c3 = cAt + Math.min(3, last) * ldc;
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    int c4 = cAt + Math.min(4, last) * ldc;
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    int c5 = cAt + Math.min(5, last) * ldc;
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
  }

  /** Six rows times one vector. */
  private static void tile6x1(
      int k,
      int last,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      int initStep,
      float[] c,
      int cAt,
      int ldc) {
    int a1 = aAt + Math.min(1, last) * lda;
    int a2 = aAt + Math.min(2, last) * lda;
    int a3 = aAt + Math.min(3, last) * lda;
    int a4 = aAt + Math.min(4, last) * lda;
    int a5 = aAt + Math.min(5, last) * lda;
    FloatVector s00 = FloatVector.fromArray(S, init, initAt);
    int i1 = initAt + Math.min(1, last) * initStep;
    FloatVector s10 = FloatVector.fromArray(S, init, i1);
    int i2 = initAt + Math.min(2, last) * initStep;
    FloatVector s20 = FloatVector.fromArray(S, init, i2);
    int i3 = initAt + Math.min(3, last) * initStep;
    FloatVector s30 = FloatVector.fromArray(S, init, i3);
    int i4 = initAt + Math.min(4, last) * initStep;
    FloatVector s40 = FloatVector.fromArray(S, init, i4);
    int i5 = initAt + Math.min(5, last) * initStep;
    FloatVector s50 = FloatVector.fromArray(S, init, i5);
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
      FloatVector x1 = FloatVector.broadcast(S, a[a1 + p]);
      s10 = b0.fma(x1, s10);
      FloatVector x2 = FloatVector.broadcast(S, a[a2 + p]);
      s20 = b0.fma(x2, s20);
      FloatVector x3 = FloatVector.broadcast(S, a[a3 + p]);
      s30 = b0.fma(x3, s30);
      FloatVector x4 = FloatVector.broadcast(S, a[a4 + p]);
      s40 = b0.fma(x4, s40);
      FloatVector x5 = FloatVector.broadcast(S, a[a5 + p]);
      s50 = b0.fma(x5, s50);
    }
    s00.intoArray(c, cAt);
    int c1 = cAt + Math.min(1, last) * ldc;
    s10.intoArray(c, c1);
    int c2 = cAt + Math.min(2, last) * ldc;
    s20.intoArray(c, c2);
    int c3 = cAt + Math.min(3, last) * ldc;
    s30.intoArray(c, c3);
    int c4 = cAt + Math.min(4, last) * ldc;
    s40.intoArray(c, c4);
    int c5 = cAt + Math.min(5, last) * ldc;
    s50.intoArray(c, c5);
  }

  /** One row times four vectors. */
  private static void tile1x4(
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      float[] c,
      int cAt) {
    FloatVector s00 = FloatVector.fromArray(S, init, initAt);
    FloatVector s01 = FloatVector.fromArray(S, init, initAt + LANES);
    FloatVector s02 = FloatVector.fromArray(S, init, initAt + 2 * LANES);
    FloatVector s03 = FloatVector.fromArray(S, init, initAt + 3 * LANES);
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector b2 = FloatVector.fromArray(S, b, at + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(S, b, at + 3 * LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
      s01 = b1.fma(x0, s01);
      s02 = b2.fma(x0, s02);
      s03 = b3.fma(x0, s03);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
    s02.intoArray(c, cAt + 2 * LANES);
    s03.intoArray(c, cAt + 3 * LANES);
  }

  /** One row times two vectors. */
  private static void tile1x2(
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      float[] c,
      int cAt) {
    FloatVector s00 = FloatVector.fromArray(S, init, initAt);
    FloatVector s01 = FloatVector.fromArray(S, init, initAt + LANES);
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
      s01 = b1.fma(x0, s01);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
  }

  /** One row times one vector. */
  private static void tile1x1(
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] init,
      int initAt,
      float[] c,
      int cAt) {
    FloatVector s00 = FloatVector.fromArray(S, init, initAt);
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
    }
    s00.intoArray(c, cAt);
  }
}
