package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Six rows times four vectors where the processor has 32 vector registers, times two where it has
 * 16: so many sums stay in registers that neither the latency of a fused multiply-add nor the two
 * loads a cycle hold it up. Every sum is a local variable, as C2 keeps no array in registers.
 *
 * <p>Three to five rows are computed as six, the last one repeated: sums start from what c holds
 * before any is stored, so storing a row twice stores the same.
 */
final class VectorGemm implements GemmLoops {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;
  private static final int ROWS = 6;
  private static final int VECTORS = VectorWidth.MANY_REGISTERS ? 4 : 2;

  @Override
  public int panel() {
    return VECTORS * LANES;
  }

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public boolean exact(int n) {
    return n == LANES || n == 2 * LANES || n == VECTORS * LANES;
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
    int i = 0;
    while (i < m) {
      int ai = aAt + i * lda;
      int ci = cAt + i * ldc;
      int left = m - i;
      if (left > 2) {
        int last = Math.min(left, ROWS) - 1;
        if (n > 2 * LANES) {
          tile6x4(n, k, last, a, ai, lda, b, bAt, ldb, c, ci, ldc, bias, biasAt, accumulate, relu);
        } else if (n > LANES) {
          tile6x2(n, k, last, a, ai, lda, b, bAt, ldb, c, ci, ldc, bias, biasAt, accumulate, relu);
        } else {
          tile6x1(n, k, last, a, ai, lda, b, bAt, ldb, c, ci, ldc, bias, biasAt, accumulate, relu);
        }
        i += ROWS;
      } else {
        if (n > 2 * LANES) {
          tile1x4(n, k, a, ai, b, bAt, ldb, c, ci, bias, biasAt, accumulate, relu);
        } else if (n > LANES) {
          tile1x2(n, k, a, ai, b, bAt, ldb, c, ci, bias, biasAt, accumulate, relu);
        } else {
          tile1x1(n, k, a, ai, b, bAt, ldb, c, ci, bias, biasAt, accumulate, relu);
        }
        i++;
      }
    }
  }

  private static FloatVector load(float[] x, int at, boolean full, VectorMask<Float> mask) {
    return full ? FloatVector.fromArray(S, x, at) : FloatVector.fromArray(S, x, at, mask);
  }

  private static void store(
      FloatVector value, float[] x, int at, boolean full, VectorMask<Float> mask) {
    if (full) {
      value.intoArray(x, at);
    } else {
      value.intoArray(x, at, mask);
    }
  }

  /** 6 rows times 4 vectors: 24 sums in registers. */
  private static void tile6x4(
      int n,
      int k,
      int last,
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
    boolean full = n == 4 * LANES;
    VectorMask<Float> m2 = S.indexInRange(2 * LANES, n);
    VectorMask<Float> m3 = S.indexInRange(3 * LANES, n);
    int a1 = aAt + Math.min(1, last) * lda;
    int a2 = aAt + Math.min(2, last) * lda;
    int a3 = aAt + Math.min(3, last) * lda;
    int a4 = aAt + Math.min(4, last) * lda;
    int a5 = aAt + Math.min(5, last) * lda;
    int c1 = cAt + Math.min(1, last) * ldc;
    int c2 = cAt + Math.min(2, last) * ldc;
    int c3 = cAt + Math.min(3, last) * ldc;
    int c4 = cAt + Math.min(4, last) * ldc;
    int c5 = cAt + Math.min(5, last) * ldc;
    FloatVector s00;
    FloatVector s01;
    FloatVector s02;
    FloatVector s03;
    FloatVector s10;
    FloatVector s11;
    FloatVector s12;
    FloatVector s13;
    FloatVector s20;
    FloatVector s21;
    FloatVector s22;
    FloatVector s23;
    FloatVector s30;
    FloatVector s31;
    FloatVector s32;
    FloatVector s33;
    FloatVector s40;
    FloatVector s41;
    FloatVector s42;
    FloatVector s43;
    FloatVector s50;
    FloatVector s51;
    FloatVector s52;
    FloatVector s53;
    if (accumulate) {
      s00 = FloatVector.fromArray(S, c, cAt);
      s01 = FloatVector.fromArray(S, c, cAt + LANES);
      s02 = load(c, cAt + 2 * LANES, full, m2);
      s03 = load(c, cAt + 3 * LANES, full, m3);
      s10 = FloatVector.fromArray(S, c, c1);
      s11 = FloatVector.fromArray(S, c, c1 + LANES);
      s12 = load(c, c1 + 2 * LANES, full, m2);
      s13 = load(c, c1 + 3 * LANES, full, m3);
      s20 = FloatVector.fromArray(S, c, c2);
      s21 = FloatVector.fromArray(S, c, c2 + LANES);
      s22 = load(c, c2 + 2 * LANES, full, m2);
      s23 = load(c, c2 + 3 * LANES, full, m3);
      s30 = FloatVector.fromArray(S, c, c3);
      s31 = FloatVector.fromArray(S, c, c3 + LANES);
      s32 = load(c, c3 + 2 * LANES, full, m2);
      s33 = load(c, c3 + 3 * LANES, full, m3);
      s40 = FloatVector.fromArray(S, c, c4);
      s41 = FloatVector.fromArray(S, c, c4 + LANES);
      s42 = load(c, c4 + 2 * LANES, full, m2);
      s43 = load(c, c4 + 3 * LANES, full, m3);
      s50 = FloatVector.fromArray(S, c, c5);
      s51 = FloatVector.fromArray(S, c, c5 + LANES);
      s52 = load(c, c5 + 2 * LANES, full, m2);
      s53 = load(c, c5 + 3 * LANES, full, m3);
    } else if (bias == null) {
      s00 = FloatVector.zero(S);
      s01 = FloatVector.zero(S);
      s02 = FloatVector.zero(S);
      s03 = FloatVector.zero(S);
      s10 = FloatVector.zero(S);
      s11 = FloatVector.zero(S);
      s12 = FloatVector.zero(S);
      s13 = FloatVector.zero(S);
      s20 = FloatVector.zero(S);
      s21 = FloatVector.zero(S);
      s22 = FloatVector.zero(S);
      s23 = FloatVector.zero(S);
      s30 = FloatVector.zero(S);
      s31 = FloatVector.zero(S);
      s32 = FloatVector.zero(S);
      s33 = FloatVector.zero(S);
      s40 = FloatVector.zero(S);
      s41 = FloatVector.zero(S);
      s42 = FloatVector.zero(S);
      s43 = FloatVector.zero(S);
      s50 = FloatVector.zero(S);
      s51 = FloatVector.zero(S);
      s52 = FloatVector.zero(S);
      s53 = FloatVector.zero(S);
    } else {
      s00 = FloatVector.fromArray(S, bias, biasAt);
      s10 = s00;
      s20 = s00;
      s30 = s00;
      s40 = s00;
      s50 = s00;
      s01 = FloatVector.fromArray(S, bias, biasAt + LANES);
      s11 = s01;
      s21 = s01;
      s31 = s01;
      s41 = s01;
      s51 = s01;
      s02 = load(bias, biasAt + 2 * LANES, full, m2);
      s12 = s02;
      s22 = s02;
      s32 = s02;
      s42 = s02;
      s52 = s02;
      s03 = load(bias, biasAt + 3 * LANES, full, m3);
      s13 = s03;
      s23 = s03;
      s33 = s03;
      s43 = s03;
      s53 = s03;
    }
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
    if (relu) {
      s00 = s00.max(0f);
      s01 = s01.max(0f);
      s02 = s02.max(0f);
      s03 = s03.max(0f);
      s10 = s10.max(0f);
      s11 = s11.max(0f);
      s12 = s12.max(0f);
      s13 = s13.max(0f);
      s20 = s20.max(0f);
      s21 = s21.max(0f);
      s22 = s22.max(0f);
      s23 = s23.max(0f);
      s30 = s30.max(0f);
      s31 = s31.max(0f);
      s32 = s32.max(0f);
      s33 = s33.max(0f);
      s40 = s40.max(0f);
      s41 = s41.max(0f);
      s42 = s42.max(0f);
      s43 = s43.max(0f);
      s50 = s50.max(0f);
      s51 = s51.max(0f);
      s52 = s52.max(0f);
      s53 = s53.max(0f);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
    store(s02, c, cAt + 2 * LANES, full, m2);
    store(s03, c, cAt + 3 * LANES, full, m3);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    store(s12, c, c1 + 2 * LANES, full, m2);
    store(s13, c, c1 + 3 * LANES, full, m3);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    store(s22, c, c2 + 2 * LANES, full, m2);
    store(s23, c, c2 + 3 * LANES, full, m3);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    store(s32, c, c3 + 2 * LANES, full, m2);
    store(s33, c, c3 + 3 * LANES, full, m3);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    store(s42, c, c4 + 2 * LANES, full, m2);
    store(s43, c, c4 + 3 * LANES, full, m3);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
    store(s52, c, c5 + 2 * LANES, full, m2);
    store(s53, c, c5 + 3 * LANES, full, m3);
  }

  /** 6 rows times 2 vectors: 12 sums in registers. */
  private static void tile6x2(
      int n,
      int k,
      int last,
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
    boolean full = n == 2 * LANES;
    VectorMask<Float> m1 = S.indexInRange(1 * LANES, n);
    int a1 = aAt + Math.min(1, last) * lda;
    int a2 = aAt + Math.min(2, last) * lda;
    int a3 = aAt + Math.min(3, last) * lda;
    int a4 = aAt + Math.min(4, last) * lda;
    int a5 = aAt + Math.min(5, last) * lda;
    int c1 = cAt + Math.min(1, last) * ldc;
    int c2 = cAt + Math.min(2, last) * ldc;
    int c3 = cAt + Math.min(3, last) * ldc;
    int c4 = cAt + Math.min(4, last) * ldc;
    int c5 = cAt + Math.min(5, last) * ldc;
    FloatVector s00;
    FloatVector s01;
    FloatVector s10;
    FloatVector s11;
    FloatVector s20;
    FloatVector s21;
    FloatVector s30;
    FloatVector s31;
    FloatVector s40;
    FloatVector s41;
    FloatVector s50;
    FloatVector s51;
    if (accumulate) {
      s00 = FloatVector.fromArray(S, c, cAt);
      s01 = load(c, cAt + LANES, full, m1);
      s10 = FloatVector.fromArray(S, c, c1);
      s11 = load(c, c1 + LANES, full, m1);
      s20 = FloatVector.fromArray(S, c, c2);
      s21 = load(c, c2 + LANES, full, m1);
      s30 = FloatVector.fromArray(S, c, c3);
      s31 = load(c, c3 + LANES, full, m1);
      s40 = FloatVector.fromArray(S, c, c4);
      s41 = load(c, c4 + LANES, full, m1);
      s50 = FloatVector.fromArray(S, c, c5);
      s51 = load(c, c5 + LANES, full, m1);
    } else if (bias == null) {
      s00 = FloatVector.zero(S);
      s01 = FloatVector.zero(S);
      s10 = FloatVector.zero(S);
      s11 = FloatVector.zero(S);
      s20 = FloatVector.zero(S);
      s21 = FloatVector.zero(S);
      s30 = FloatVector.zero(S);
      s31 = FloatVector.zero(S);
      s40 = FloatVector.zero(S);
      s41 = FloatVector.zero(S);
      s50 = FloatVector.zero(S);
      s51 = FloatVector.zero(S);
    } else {
      s00 = FloatVector.fromArray(S, bias, biasAt);
      s10 = s00;
      s20 = s00;
      s30 = s00;
      s40 = s00;
      s50 = s00;
      s01 = load(bias, biasAt + LANES, full, m1);
      s11 = s01;
      s21 = s01;
      s31 = s01;
      s41 = s01;
      s51 = s01;
    }
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
    if (relu) {
      s00 = s00.max(0f);
      s01 = s01.max(0f);
      s10 = s10.max(0f);
      s11 = s11.max(0f);
      s20 = s20.max(0f);
      s21 = s21.max(0f);
      s30 = s30.max(0f);
      s31 = s31.max(0f);
      s40 = s40.max(0f);
      s41 = s41.max(0f);
      s50 = s50.max(0f);
      s51 = s51.max(0f);
    }
    s00.intoArray(c, cAt);
    store(s01, c, cAt + LANES, full, m1);
    s10.intoArray(c, c1);
    store(s11, c, c1 + LANES, full, m1);
    s20.intoArray(c, c2);
    store(s21, c, c2 + LANES, full, m1);
    s30.intoArray(c, c3);
    store(s31, c, c3 + LANES, full, m1);
    s40.intoArray(c, c4);
    store(s41, c, c4 + LANES, full, m1);
    s50.intoArray(c, c5);
    store(s51, c, c5 + LANES, full, m1);
  }

  /** 6 rows times 1 vector: 6 sums in registers. */
  private static void tile6x1(
      int n,
      int k,
      int last,
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
    boolean full = n == LANES;
    VectorMask<Float> m0 = S.indexInRange(0, n);
    int a1 = aAt + Math.min(1, last) * lda;
    int a2 = aAt + Math.min(2, last) * lda;
    int a3 = aAt + Math.min(3, last) * lda;
    int a4 = aAt + Math.min(4, last) * lda;
    int a5 = aAt + Math.min(5, last) * lda;
    int c1 = cAt + Math.min(1, last) * ldc;
    int c2 = cAt + Math.min(2, last) * ldc;
    int c3 = cAt + Math.min(3, last) * ldc;
    int c4 = cAt + Math.min(4, last) * ldc;
    int c5 = cAt + Math.min(5, last) * ldc;
    FloatVector s00;
    FloatVector s10;
    FloatVector s20;
    FloatVector s30;
    FloatVector s40;
    FloatVector s50;
    if (accumulate) {
      s00 = load(c, cAt, full, m0);
      s10 = load(c, c1, full, m0);
      s20 = load(c, c2, full, m0);
      s30 = load(c, c3, full, m0);
      s40 = load(c, c4, full, m0);
      s50 = load(c, c5, full, m0);
    } else if (bias == null) {
      s00 = FloatVector.zero(S);
      s10 = FloatVector.zero(S);
      s20 = FloatVector.zero(S);
      s30 = FloatVector.zero(S);
      s40 = FloatVector.zero(S);
      s50 = FloatVector.zero(S);
    } else {
      s00 = load(bias, biasAt, full, m0);
      s10 = s00;
      s20 = s00;
      s30 = s00;
      s40 = s00;
      s50 = s00;
    }
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
    if (relu) {
      s00 = s00.max(0f);
      s10 = s10.max(0f);
      s20 = s20.max(0f);
      s30 = s30.max(0f);
      s40 = s40.max(0f);
      s50 = s50.max(0f);
    }
    store(s00, c, cAt, full, m0);
    store(s10, c, c1, full, m0);
    store(s20, c, c2, full, m0);
    store(s30, c, c3, full, m0);
    store(s40, c, c4, full, m0);
    store(s50, c, c5, full, m0);
  }

  /** 1 rows times 4 vectors: 4 sums in registers. */
  private static void tile1x4(
      int n,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu) {
    boolean full = n == 4 * LANES;
    VectorMask<Float> m2 = S.indexInRange(2 * LANES, n);
    VectorMask<Float> m3 = S.indexInRange(3 * LANES, n);
    FloatVector s00;
    FloatVector s01;
    FloatVector s02;
    FloatVector s03;
    if (accumulate) {
      s00 = FloatVector.fromArray(S, c, cAt);
      s01 = FloatVector.fromArray(S, c, cAt + LANES);
      s02 = load(c, cAt + 2 * LANES, full, m2);
      s03 = load(c, cAt + 3 * LANES, full, m3);
    } else if (bias == null) {
      s00 = FloatVector.zero(S);
      s01 = FloatVector.zero(S);
      s02 = FloatVector.zero(S);
      s03 = FloatVector.zero(S);
    } else {
      s00 = FloatVector.fromArray(S, bias, biasAt);
      s01 = FloatVector.fromArray(S, bias, biasAt + LANES);
      s02 = load(bias, biasAt + 2 * LANES, full, m2);
      s03 = load(bias, biasAt + 3 * LANES, full, m3);
    }
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
    if (relu) {
      s00 = s00.max(0f);
      s01 = s01.max(0f);
      s02 = s02.max(0f);
      s03 = s03.max(0f);
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + LANES);
    store(s02, c, cAt + 2 * LANES, full, m2);
    store(s03, c, cAt + 3 * LANES, full, m3);
  }

  /** 1 rows times 2 vectors: 2 sums in registers. */
  private static void tile1x2(
      int n,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu) {
    boolean full = n == 2 * LANES;
    VectorMask<Float> m1 = S.indexInRange(1 * LANES, n);
    FloatVector s00;
    FloatVector s01;
    if (accumulate) {
      s00 = FloatVector.fromArray(S, c, cAt);
      s01 = load(c, cAt + LANES, full, m1);
    } else if (bias == null) {
      s00 = FloatVector.zero(S);
      s01 = FloatVector.zero(S);
    } else {
      s00 = FloatVector.fromArray(S, bias, biasAt);
      s01 = load(bias, biasAt + LANES, full, m1);
    }
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
      s01 = b1.fma(x0, s01);
    }
    if (relu) {
      s00 = s00.max(0f);
      s01 = s01.max(0f);
    }
    s00.intoArray(c, cAt);
    store(s01, c, cAt + LANES, full, m1);
  }

  /** 1 rows times 1 vector: 1 sums in registers. */
  private static void tile1x1(
      int n,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu) {
    boolean full = n == LANES;
    VectorMask<Float> m0 = S.indexInRange(0, n);
    FloatVector s00;
    if (accumulate) {
      s00 = load(c, cAt, full, m0);
    } else if (bias == null) {
      s00 = FloatVector.zero(S);
    } else {
      s00 = load(bias, biasAt, full, m0);
    }
    for (int p = 0; p < k; p++) {
      int at = bAt + p * ldb;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector x0 = FloatVector.broadcast(S, a[aAt + p]);
      s00 = b0.fma(x0, s00);
    }
    if (relu) {
      s00 = s00.max(0f);
    }
    store(s00, c, cAt, full, m0);
  }
}
