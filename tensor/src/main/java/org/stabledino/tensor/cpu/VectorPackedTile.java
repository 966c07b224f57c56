package org.stabledino.tensor.cpu;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The tile of packed rows: six rows times two vectors, four steps of the sum at a time: half a
 * group.
 *
 * <p>Where two threads share a core, they share its issue slots, and what counts is the number of
 * instructions beside the multiply-adds. Packed rows have one address, of which every element is a
 * constant distance away; and so has the right factor, once C2 knows that its index is not negative
 * and cannot overflow, which a mask tells it. So twelve multiply-adds need eight loads and five
 * instructions more; with rows in place, eight loads and fourteen more. Eight steps at a time need
 * only one or two more, but then the method is so large that C2 gives up on it wherever something
 * else is added, such as checks of bounds.
 *
 * <p>Without a dependence between them C2 loads all elements of a step before it uses the first,
 * has no registers left and spills sums, which takes up to twice as long. A fence before the
 * panel's vectors and before each element keeps it from loading ahead: on x86 it is no instruction,
 * but C2 moves no load across. It stands there each time because C2 stops inlining methods of ours
 * in one of this size, while what the JDK marks is inlined always.
 */
final class VectorPackedTile {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;
  private static final int PANEL = VectorTileLoops.PANEL;

  private static final int ROW = TileLoops.GROUP;

  /** After the second half of a row's group come those of the other rows: a quarter of that. */
  private static final int OTHER_ROWS = (TileLoops.ROWS - 1) * TileLoops.GROUP / 4;

  /** Keeps all indices of panels, which are far shorter. */
  private static final int NOT_NEGATIVE = 0x3fffffff;

  /** Elsewhere registers suffice, and a fence may be an instruction. */
  private static final boolean FENCED = !VectorWidth.MANY_REGISTERS;

  private VectorPackedTile() {}

  /** As {@link TileLoops#tile}; rows of a behind the last may be anything. */
  static void tile(Product t, int row, int last, int bAt, int column) {
    float[] start = VectorTileLoops.start(t, 0);
    int startAt = VectorTileLoops.startAt(t, 0, column);
    int startRows = VectorTileLoops.startRows(t, 0);
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int aAt = t.aOffset + t.aRows[row];
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
    int p = 0;
    int next = aAt;
    for (; p <= inner - 4; p += 4) {
      int x = next & NOT_NEGATIVE;
      int y = (bAt + p * PANEL) & NOT_NEGATIVE;
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector b0a = FloatVector.fromArray(S, b, y);
      FloatVector b1a = FloatVector.fromArray(S, b, y + LANES);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x0a = FloatVector.broadcast(S, a[x]);
      s00 = b0a.fma(x0a, s00);
      s01 = b1a.fma(x0a, s01);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x1a = FloatVector.broadcast(S, a[x + ROW]);
      s10 = b0a.fma(x1a, s10);
      s11 = b1a.fma(x1a, s11);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x2a = FloatVector.broadcast(S, a[x + 2 * ROW]);
      s20 = b0a.fma(x2a, s20);
      s21 = b1a.fma(x2a, s21);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x3a = FloatVector.broadcast(S, a[x + 3 * ROW]);
      s30 = b0a.fma(x3a, s30);
      s31 = b1a.fma(x3a, s31);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x4a = FloatVector.broadcast(S, a[x + 4 * ROW]);
      s40 = b0a.fma(x4a, s40);
      s41 = b1a.fma(x4a, s41);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x5a = FloatVector.broadcast(S, a[x + 5 * ROW]);
      s50 = b0a.fma(x5a, s50);
      s51 = b1a.fma(x5a, s51);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector b0b = FloatVector.fromArray(S, b, y + PANEL);
      FloatVector b1b = FloatVector.fromArray(S, b, y + PANEL + LANES);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x0b = FloatVector.broadcast(S, a[x + 1]);
      s00 = b0b.fma(x0b, s00);
      s01 = b1b.fma(x0b, s01);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x1b = FloatVector.broadcast(S, a[x + ROW + 1]);
      s10 = b0b.fma(x1b, s10);
      s11 = b1b.fma(x1b, s11);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x2b = FloatVector.broadcast(S, a[x + 2 * ROW + 1]);
      s20 = b0b.fma(x2b, s20);
      s21 = b1b.fma(x2b, s21);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x3b = FloatVector.broadcast(S, a[x + 3 * ROW + 1]);
      s30 = b0b.fma(x3b, s30);
      s31 = b1b.fma(x3b, s31);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x4b = FloatVector.broadcast(S, a[x + 4 * ROW + 1]);
      s40 = b0b.fma(x4b, s40);
      s41 = b1b.fma(x4b, s41);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x5b = FloatVector.broadcast(S, a[x + 5 * ROW + 1]);
      s50 = b0b.fma(x5b, s50);
      s51 = b1b.fma(x5b, s51);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector b0c = FloatVector.fromArray(S, b, y + 2 * PANEL);
      FloatVector b1c = FloatVector.fromArray(S, b, y + 2 * PANEL + LANES);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x0c = FloatVector.broadcast(S, a[x + 2]);
      s00 = b0c.fma(x0c, s00);
      s01 = b1c.fma(x0c, s01);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x1c = FloatVector.broadcast(S, a[x + ROW + 2]);
      s10 = b0c.fma(x1c, s10);
      s11 = b1c.fma(x1c, s11);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x2c = FloatVector.broadcast(S, a[x + 2 * ROW + 2]);
      s20 = b0c.fma(x2c, s20);
      s21 = b1c.fma(x2c, s21);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x3c = FloatVector.broadcast(S, a[x + 3 * ROW + 2]);
      s30 = b0c.fma(x3c, s30);
      s31 = b1c.fma(x3c, s31);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x4c = FloatVector.broadcast(S, a[x + 4 * ROW + 2]);
      s40 = b0c.fma(x4c, s40);
      s41 = b1c.fma(x4c, s41);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x5c = FloatVector.broadcast(S, a[x + 5 * ROW + 2]);
      s50 = b0c.fma(x5c, s50);
      s51 = b1c.fma(x5c, s51);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector b0d = FloatVector.fromArray(S, b, y + 3 * PANEL);
      FloatVector b1d = FloatVector.fromArray(S, b, y + 3 * PANEL + LANES);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x0d = FloatVector.broadcast(S, a[x + 3]);
      s00 = b0d.fma(x0d, s00);
      s01 = b1d.fma(x0d, s01);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x1d = FloatVector.broadcast(S, a[x + ROW + 3]);
      s10 = b0d.fma(x1d, s10);
      s11 = b1d.fma(x1d, s11);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x2d = FloatVector.broadcast(S, a[x + 2 * ROW + 3]);
      s20 = b0d.fma(x2d, s20);
      s21 = b1d.fma(x2d, s21);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x3d = FloatVector.broadcast(S, a[x + 3 * ROW + 3]);
      s30 = b0d.fma(x3d, s30);
      s31 = b1d.fma(x3d, s31);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x4d = FloatVector.broadcast(S, a[x + 4 * ROW + 3]);
      s40 = b0d.fma(x4d, s40);
      s41 = b1d.fma(x4d, s41);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x5d = FloatVector.broadcast(S, a[x + 5 * ROW + 3]);
      s50 = b0d.fma(x5d, s50);
      s51 = b1d.fma(x5d, s51);
      next += 4 + (p & 4) * OTHER_ROWS;
    }
    for (; p < inner; p++) {
      int x = aAt + TileLoops.packedAt(0, p);
      int y = (bAt + p * PANEL) & NOT_NEGATIVE;
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector b0 = FloatVector.fromArray(S, b, y);
      FloatVector b1 = FloatVector.fromArray(S, b, y + LANES);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x0 = FloatVector.broadcast(S, a[x]);
      s00 = b0.fma(x0, s00);
      s01 = b1.fma(x0, s01);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x1 = FloatVector.broadcast(S, a[x + ROW]);
      s10 = b0.fma(x1, s10);
      s11 = b1.fma(x1, s11);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x2 = FloatVector.broadcast(S, a[x + 2 * ROW]);
      s20 = b0.fma(x2, s20);
      s21 = b1.fma(x2, s21);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x3 = FloatVector.broadcast(S, a[x + 3 * ROW]);
      s30 = b0.fma(x3, s30);
      s31 = b1.fma(x3, s31);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x4 = FloatVector.broadcast(S, a[x + 4 * ROW]);
      s40 = b0.fma(x4, s40);
      s41 = b1.fma(x4, s41);
      if (FENCED) VarHandle.loadLoadFence();
      FloatVector x5 = FloatVector.broadcast(S, a[x + 5 * ROW]);
      s50 = b0.fma(x5, s50);
      s51 = b1.fma(x5, s51);
    }
    if (t.relu) { // in place of max, which takes six instructions for NaN's sake
      s00 = s00.blend(0f, s00.compare(VectorOperators.LE, 0f));
      s01 = s01.blend(0f, s01.compare(VectorOperators.LE, 0f));
      s10 = s10.blend(0f, s10.compare(VectorOperators.LE, 0f));
      s11 = s11.blend(0f, s11.compare(VectorOperators.LE, 0f));
      s20 = s20.blend(0f, s20.compare(VectorOperators.LE, 0f));
      s21 = s21.blend(0f, s21.compare(VectorOperators.LE, 0f));
      s30 = s30.blend(0f, s30.compare(VectorOperators.LE, 0f));
      s31 = s31.blend(0f, s31.compare(VectorOperators.LE, 0f));
      s40 = s40.blend(0f, s40.compare(VectorOperators.LE, 0f));
      s41 = s41.blend(0f, s41.compare(VectorOperators.LE, 0f));
      s50 = s50.blend(0f, s50.compare(VectorOperators.LE, 0f));
      s51 = s51.blend(0f, s51.compare(VectorOperators.LE, 0f));
    }
    // From the last row up: what stands for a row behind the last one is overwritten by it.
    float[] c = t.c;
    int to = t.cOffset + column;
    int c5 = to + cRows[row + Math.min(5, last)];
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
    int c4 = to + cRows[row + Math.min(4, last)];
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    int c3 = to + cRows[row + Math.min(3, last)];
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    int c2 = to + cRows[row + Math.min(2, last)];
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    int c1 = to + cRows[row + Math.min(1, last)];
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    int c0 = to + cRows[row];
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
  }
}
