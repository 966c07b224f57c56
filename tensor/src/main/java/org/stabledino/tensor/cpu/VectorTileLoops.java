package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link TileLoops} with the Vector API: six rows times four vectors where the processor has 32
 * vector registers, times two where it has 16. So many sums stay in registers that neither the
 * latency of a fused multiply-add nor the two loads a cycle hold it up. Every sum is a local
 * variable, as C2 keeps no array in registers; hence the written-out tiles.
 *
 * <p>The tiles have one path and no masks: a branch that merges twelve vectors, or a masked access
 * seen once, made C2 spill or box all sums and cost a factor of six. So the sums always start from
 * some array (the result, the bias or zeros), columns that fill no vector go through a small copy,
 * and ReLU is a pass of its own over what is still in the nearest cache. Fewer than six rows are
 * computed as six, the last one repeated: all sums are loaded before any is stored, so storing a
 * row twice stores the same.
 *
 * <p>With a constant step between the elements of a row C2 hoists the bounds checks of a out of the
 * loop, if it is a single one: so lines of a sum are tiles of their own, and rows whose elements
 * lie far apart are packed first. For packed rows there is {@link VectorPackedTile}.
 */
final class VectorTileLoops implements TileLoops {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;
  static final int PANEL = (VectorWidth.MANY_REGISTERS ? 4 : 2) * LANES;

  /** From so many columns on packed rows gain more than packing costs. */
  private static final int PACKING_COLUMNS = 32;

  private static final float[] ZEROS = new float[PANEL];

  @Override
  public int panel() {
    return PANEL;
  }

  @Override
  public int width(int left, boolean packed) {
    if (packed) {
      return 2 * LANES;
    }
    return left >= PANEL ? PANEL : left >= 2 * LANES ? 2 * LANES : LANES;
  }

  @Override
  public void packPanels(
      float[] x, int at, int step, int count, int columns, float[] packed, int to, int panelStep) {
    VectorPacking.panels(x, at, step, count, columns, packed, to, panelStep);
  }

  @Override
  public boolean packs(int columns) {
    return !VectorWidth.MANY_REGISTERS && columns >= PACKING_COLUMNS;
  }

  @Override
  public void packRows(
      float[] x,
      int at,
      int[] rows,
      int row,
      int last,
      int count,
      float[] packed,
      int to,
      int first) {
    VectorPacking.rows(x, at, rows, row, last, count, packed, to, first);
  }

  @Override
  public void packColumns(
      float[] x, int at, int step, int used, int count, float[] packed, int to, int first) {
    VectorPacking.columns(x, at, step, used, count, packed, to, first);
  }

  @Override
  public void transpose(
      float[] x, int at, int step, int rows, int columns, float[] to, int toAt, int toStep) {
    VectorPacking.transpose(x, at, step, rows, columns, to, toAt, toStep);
  }

  @Override
  public void tile(Product product, int row, int rows, int width, int bAt, int column) {
    int last = rows - 1;
    if (product.packed) {
      VectorPackedTile.tile(product, row, last, bAt, column);
    } else {
      lines(product, row, last, width, bAt, column);
    }
    if (product.relu && !product.packed) { // a packed tile has done it in registers
      for (int i = row; i < row + rows; i++) {
        relu(product.c, product.cOffset + product.cRows[i] + column, width);
      }
    }
  }

  /** Line after line of the sum, the later ones added to what c holds. */
  private static void lines(Product product, int row, int last, int width, int bAt, int column) {
    int step = product.inner * product.bStep;
    for (int o = 0; o < product.outer; o++) {
      if (width == LANES) {
        tile6x1(product, o, row, last, bAt + o * step, column);
      } else if (width == 2 * LANES) {
        tile6x2(product, o, row, last, bAt + o * step, column);
      } else {
        tile6x4(product, o, row, last, bAt + o * step, column);
      }
    }
  }

  /** Two instructions, where {@code max} takes six; NaN stays as it does there. */
  private static void relu(float[] x, int at, int n) {
    for (int j = 0; j < n; j += LANES) {
      FloatVector y = FloatVector.fromArray(S, x, at + j);
      y.blend(0f, y.compare(VectorOperators.LE, 0f)).intoArray(x, at + j);
    }
  }

  static float[] start(Product t, int o) {
    return t.accumulate || o > 0 ? t.c : t.start == null ? ZEROS : t.start;
  }

  static int startAt(Product t, int o, int column) {
    return t.accumulate || o > 0
        ? t.cOffset + column
        : t.start == null ? 0 : t.startOffset + column;
  }

  /** A mask of where the rows of c start: sums that start from one row have none of their own. */
  static int startRows(Product t, int o) {
    return t.accumulate || o > 0 ? -1 : 0;
  }

  /** Six rows times four vectors of line o of the sum. */
  private static void tile6x4(Product t, int o, int row, int last, int bAt, int column) {
    float[] start = start(t, o);
    int startAt = startAt(t, o, column);
    int startRows = startRows(t, o);
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int bStep = t.bStep;
    int[] aRows = t.aRows;
    int from = t.aOffset + o * t.outerStep;
    int a0 = from + aRows[row];
    int a1 = from + aRows[row + Math.min(1, last)];
    int a2 = from + aRows[row + Math.min(2, last)];
    int a3 = from + aRows[row + Math.min(3, last)];
    int a4 = from + aRows[row + Math.min(4, last)];
    int a5 = from + aRows[row + Math.min(5, last)];
    int[] cRows = t.cRows;
    int i0 = startAt + (cRows[row] & startRows);
    FloatVector s00 = FloatVector.fromArray(S, start, i0);
    FloatVector s01 = FloatVector.fromArray(S, start, i0 + LANES);
    FloatVector s02 = FloatVector.fromArray(S, start, i0 + 2 * LANES);
    FloatVector s03 = FloatVector.fromArray(S, start, i0 + 3 * LANES);
    int i1 = startAt + (cRows[row + Math.min(1, last)] & startRows);
    FloatVector s10 = FloatVector.fromArray(S, start, i1);
    FloatVector s11 = FloatVector.fromArray(S, start, i1 + LANES);
    FloatVector s12 = FloatVector.fromArray(S, start, i1 + 2 * LANES);
    FloatVector s13 = FloatVector.fromArray(S, start, i1 + 3 * LANES);
    int i2 = startAt + (cRows[row + Math.min(2, last)] & startRows);
    FloatVector s20 = FloatVector.fromArray(S, start, i2);
    FloatVector s21 = FloatVector.fromArray(S, start, i2 + LANES);
    FloatVector s22 = FloatVector.fromArray(S, start, i2 + 2 * LANES);
    FloatVector s23 = FloatVector.fromArray(S, start, i2 + 3 * LANES);
    int i3 = startAt + (cRows[row + Math.min(3, last)] & startRows);
    FloatVector s30 = FloatVector.fromArray(S, start, i3);
    FloatVector s31 = FloatVector.fromArray(S, start, i3 + LANES);
    FloatVector s32 = FloatVector.fromArray(S, start, i3 + 2 * LANES);
    FloatVector s33 = FloatVector.fromArray(S, start, i3 + 3 * LANES);
    int i4 = startAt + (cRows[row + Math.min(4, last)] & startRows);
    FloatVector s40 = FloatVector.fromArray(S, start, i4);
    FloatVector s41 = FloatVector.fromArray(S, start, i4 + LANES);
    FloatVector s42 = FloatVector.fromArray(S, start, i4 + 2 * LANES);
    FloatVector s43 = FloatVector.fromArray(S, start, i4 + 3 * LANES);
    int i5 = startAt + (cRows[row + Math.min(5, last)] & startRows);
    FloatVector s50 = FloatVector.fromArray(S, start, i5);
    FloatVector s51 = FloatVector.fromArray(S, start, i5 + LANES);
    FloatVector s52 = FloatVector.fromArray(S, start, i5 + 2 * LANES);
    FloatVector s53 = FloatVector.fromArray(S, start, i5 + 3 * LANES);
    for (int p = 0; p < inner; p++) {
      int at = bAt + p * bStep;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector b2 = FloatVector.fromArray(S, b, at + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(S, b, at + 3 * LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[a0 + p]);
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
    float[] c = t.c;
    int to = t.cOffset + column;
    int c0 = to + cRows[row];
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
    s02.intoArray(c, c0 + 2 * LANES);
    s03.intoArray(c, c0 + 3 * LANES);
    int c1 = to + cRows[row + Math.min(1, last)];
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s12.intoArray(c, c1 + 2 * LANES);
    s13.intoArray(c, c1 + 3 * LANES);
    int c2 = to + cRows[row + Math.min(2, last)];
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s22.intoArray(c, c2 + 2 * LANES);
    s23.intoArray(c, c2 + 3 * LANES);
    int c3 = to + cRows[row + Math.min(3, last)];
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    s32.intoArray(c, c3 + 2 * LANES);
    s33.intoArray(c, c3 + 3 * LANES);
    int c4 = to + cRows[row + Math.min(4, last)];
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    s42.intoArray(c, c4 + 2 * LANES);
    s43.intoArray(c, c4 + 3 * LANES);
    int c5 = to + cRows[row + Math.min(5, last)];
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
    s52.intoArray(c, c5 + 2 * LANES);
    s53.intoArray(c, c5 + 3 * LANES);
  }

  /** Six rows times two vectors of line o of the sum. */
  private static void tile6x2(Product t, int o, int row, int last, int bAt, int column) {
    float[] start = start(t, o);
    int startAt = startAt(t, o, column);
    int startRows = startRows(t, o);
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int bStep = t.bStep;
    int[] aRows = t.aRows;
    int from = t.aOffset + o * t.outerStep;
    int a0 = from + aRows[row];
    int a1 = from + aRows[row + Math.min(1, last)];
    int a2 = from + aRows[row + Math.min(2, last)];
    int a3 = from + aRows[row + Math.min(3, last)];
    int a4 = from + aRows[row + Math.min(4, last)];
    int a5 = from + aRows[row + Math.min(5, last)];
    int[] cRows = t.cRows;
    int i0 = startAt + (cRows[row] & startRows);
    FloatVector s00 = FloatVector.fromArray(S, start, i0);
    FloatVector s01 = FloatVector.fromArray(S, start, i0 + LANES);
    int i1 = startAt + (cRows[row + Math.min(1, last)] & startRows);
    FloatVector s10 = FloatVector.fromArray(S, start, i1);
    FloatVector s11 = FloatVector.fromArray(S, start, i1 + LANES);
    int i2 = startAt + (cRows[row + Math.min(2, last)] & startRows);
    FloatVector s20 = FloatVector.fromArray(S, start, i2);
    FloatVector s21 = FloatVector.fromArray(S, start, i2 + LANES);
    int i3 = startAt + (cRows[row + Math.min(3, last)] & startRows);
    FloatVector s30 = FloatVector.fromArray(S, start, i3);
    FloatVector s31 = FloatVector.fromArray(S, start, i3 + LANES);
    int i4 = startAt + (cRows[row + Math.min(4, last)] & startRows);
    FloatVector s40 = FloatVector.fromArray(S, start, i4);
    FloatVector s41 = FloatVector.fromArray(S, start, i4 + LANES);
    int i5 = startAt + (cRows[row + Math.min(5, last)] & startRows);
    FloatVector s50 = FloatVector.fromArray(S, start, i5);
    FloatVector s51 = FloatVector.fromArray(S, start, i5 + LANES);
    for (int p = 0; p < inner; p++) {
      int at = bAt + p * bStep;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector b1 = FloatVector.fromArray(S, b, at + LANES);
      FloatVector x0 = FloatVector.broadcast(S, a[a0 + p]);
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
    float[] c = t.c;
    int to = t.cOffset + column;
    int c0 = to + cRows[row];
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
    int c1 = to + cRows[row + Math.min(1, last)];
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    int c2 = to + cRows[row + Math.min(2, last)];
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    int c3 = to + cRows[row + Math.min(3, last)];
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    int c4 = to + cRows[row + Math.min(4, last)];
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    int c5 = to + cRows[row + Math.min(5, last)];
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
  }

  /** Six rows times one vector of line o of the sum. */
  private static void tile6x1(Product t, int o, int row, int last, int bAt, int column) {
    float[] start = start(t, o);
    int startAt = startAt(t, o, column);
    int startRows = startRows(t, o);
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int bStep = t.bStep;
    int[] aRows = t.aRows;
    int from = t.aOffset + o * t.outerStep;
    int a0 = from + aRows[row];
    int a1 = from + aRows[row + Math.min(1, last)];
    int a2 = from + aRows[row + Math.min(2, last)];
    int a3 = from + aRows[row + Math.min(3, last)];
    int a4 = from + aRows[row + Math.min(4, last)];
    int a5 = from + aRows[row + Math.min(5, last)];
    int[] cRows = t.cRows;
    int i0 = startAt + (cRows[row] & startRows);
    FloatVector s00 = FloatVector.fromArray(S, start, i0);
    int i1 = startAt + (cRows[row + Math.min(1, last)] & startRows);
    FloatVector s10 = FloatVector.fromArray(S, start, i1);
    int i2 = startAt + (cRows[row + Math.min(2, last)] & startRows);
    FloatVector s20 = FloatVector.fromArray(S, start, i2);
    int i3 = startAt + (cRows[row + Math.min(3, last)] & startRows);
    FloatVector s30 = FloatVector.fromArray(S, start, i3);
    int i4 = startAt + (cRows[row + Math.min(4, last)] & startRows);
    FloatVector s40 = FloatVector.fromArray(S, start, i4);
    int i5 = startAt + (cRows[row + Math.min(5, last)] & startRows);
    FloatVector s50 = FloatVector.fromArray(S, start, i5);
    for (int p = 0; p < inner; p++) {
      int at = bAt + p * bStep;
      FloatVector b0 = FloatVector.fromArray(S, b, at);
      FloatVector x0 = FloatVector.broadcast(S, a[a0 + p]);
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
    float[] c = t.c;
    int to = t.cOffset + column;
    int c0 = to + cRows[row];
    s00.intoArray(c, c0);
    int c1 = to + cRows[row + Math.min(1, last)];
    s10.intoArray(c, c1);
    int c2 = to + cRows[row + Math.min(2, last)];
    s20.intoArray(c, c2);
    int c3 = to + cRows[row + Math.min(3, last)];
    s30.intoArray(c, c3);
    int c4 = to + cRows[row + Math.min(4, last)];
    s40.intoArray(c, c4);
    int c5 = to + cRows[row + Math.min(5, last)];
    s50.intoArray(c, c5);
  }
}
