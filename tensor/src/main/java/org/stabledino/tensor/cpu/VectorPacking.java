package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * How {@link VectorTileLoops} packs factors: in vectors of a group, and eight at a time where lines
 * of memory become columns.
 */
final class VectorPacking {
  private static final int GROUP = TileLoops.GROUP;
  private static final int ROWS = TileLoops.ROWS;

  /** Vectors of a group, or two halves of one where vectors are shorter. */
  private static final VectorSpecies<Float> S =
      VectorWidth.LANES < GROUP ? FloatVector.SPECIES_128 : FloatVector.SPECIES_256;

  private static final int LANES = S.length();

  /** Columns of a panel that are copied together. */
  private static final int PAIR = 2 * VectorWidth.LANES;

  /** Elements of rows that are packed side by side. */
  private static final int SHORT = 8 * GROUP;

  /** Whether {@link #transposeBlock} has vectors of eight. */
  private static final boolean WHOLE = LANES == GROUP;

  /** Exchange lanes at a distance, and which lanes then come from the other vector. */
  private static final VectorShuffle<Float> SWAP_1 = VectorShuffle.fromOp(S, i -> i ^ 1);

  private static final VectorShuffle<Float> SWAP_2 = VectorShuffle.fromOp(S, i -> i ^ 2);
  private static final VectorShuffle<Float> SWAP_4 = VectorShuffle.fromOp(S, i -> (i ^ 4) % LANES);
  private static final VectorMask<Float> HIGH_1 = VectorMask.fromLong(S, 0b10101010);
  private static final VectorMask<Float> HIGH_2 = VectorMask.fromLong(S, 0b11001100);
  private static final VectorMask<Float> HIGH_4 = VectorMask.fromLong(S, 0b11110000);

  private VectorPacking() {}

  /** As {@link TileLoops#packRows}. */
  static void rows(
      float[] x,
      int at,
      int[] rows,
      int row,
      int last,
      int count,
      float[] packed,
      int to,
      int first) {
    int head = Math.min(count, (GROUP - first % GROUP) % GROUP);
    int whole = head + (count - head) / GROUP * GROUP;
    int groups = to + TileLoops.packedAt(0, first + head);
    if (whole - head <= SHORT) {
      shortRows(x, at, rows, row, last, head, whole, packed, groups);
    } else {
      // Row after row: memory is read fastest in one stream.
      for (int i = 0; i < ROWS; i++) {
        int from = at + rows[row + Math.min(i, last)];
        int group = groups + i * GROUP;
        for (int p = head; p < whole; p += GROUP) {
          group(x, from + p, packed, group);
          group += ROWS * GROUP;
        }
      }
    }
    for (int i = 0; i < ROWS; i++) {
      int from = at + rows[row + Math.min(i, last)];
      for (int p = 0; p < head; p++) {
        packed[to + TileLoops.packedAt(i, first + p)] = x[from + p];
      }
      for (int p = whole; p < count; p++) {
        packed[to + TileLoops.packedAt(i, first + p)] = x[from + p];
      }
    }
  }

  /** All rows side by side, as loops over a few groups are slow to start. */
  private static void shortRows(
      float[] x,
      int at,
      int[] rows,
      int row,
      int last,
      int begin,
      int end,
      float[] packed,
      int group) {
    int r0 = at + rows[row];
    int r1 = at + rows[row + Math.min(1, last)];
    int r2 = at + rows[row + Math.min(2, last)];
    int r3 = at + rows[row + Math.min(3, last)];
    int r4 = at + rows[row + Math.min(4, last)];
    int r5 = at + rows[row + Math.min(5, last)];
    for (int p = begin; p < end; p += GROUP) {
      group(x, r0 + p, packed, group);
      group(x, r1 + p, packed, group + GROUP);
      group(x, r2 + p, packed, group + 2 * GROUP);
      group(x, r3 + p, packed, group + 3 * GROUP);
      group(x, r4 + p, packed, group + 4 * GROUP);
      group(x, r5 + p, packed, group + 5 * GROUP);
      group += ROWS * GROUP;
    }
  }

  private static void group(float[] x, int at, float[] packed, int to) {
    for (int i = 0; i < GROUP; i += LANES) {
      FloatVector.fromArray(S, x, at + i).intoArray(packed, to + i);
    }
  }

  /** As {@link TileLoops#packColumns}. */
  static void columns(
      float[] x, int at, int step, int used, int count, float[] packed, int to, int first) {
    int p = 0;
    while (p < count) {
      int place = to + TileLoops.packedAt(0, first + p);
      int from = at + p * step;
      int lines = Math.min(GROUP - (first + p) % GROUP, count - p);
      if (WHOLE && used == ROWS && lines == GROUP && from + 7 * step + GROUP <= x.length) {
        transposeBlock(x, from, step, ROWS, packed, place, GROUP);
      } else {
        for (int i = 0; i < used; i++) {
          for (int line = 0; line < lines; line++) {
            packed[place + i * GROUP + line] = x[from + line * step + i];
          }
        }
      }
      p += lines;
    }
  }

  /** As {@link TileLoops#transpose}. */
  static void transpose(
      float[] x, int at, int step, int rows, int columns, float[] to, int toAt, int toStep) {
    int wholeRows = WHOLE ? rows / GROUP * GROUP : 0;
    int wholeColumns = columns / GROUP * GROUP;
    for (int r = 0; r < wholeRows; r += GROUP) {
      for (int c = 0; c < wholeColumns; c += GROUP) {
        transposeBlock(x, at + r * step + c, step, GROUP, to, toAt + c * toStep + r, toStep);
      }
    }
    // What is left: all of it where vectors are shorter. Some rows at a time, so that both sides
    // use
    // whole cache lines.
    for (int first = 0; first < rows; first += GROUP) {
      int last = Math.min(rows, first + GROUP);
      for (int c = first < wholeRows ? wholeColumns : 0; c < columns; c++) {
        for (int r = first; r < last; r++) {
          to[toAt + c * toStep + r] = x[at + r * step + c];
        }
      }
    }
  }

  /**
   * Eight lines of eight values become columns, of which the first six or eight are stored: {@code
   * to[toAt + c * toStep + r] = x[at + r * step + c]}.
   *
   * <p>Blocks of 4 x 4 change places, then of 2 x 2 within them, then single values: each time two
   * vectors exchange the halves that are not where they belong.
   */
  private static void transposeBlock(
      float[] x, int at, int step, int columns, float[] to, int toAt, int toStep) {
    FloatVector a0 = FloatVector.fromArray(S, x, at);
    FloatVector a1 = FloatVector.fromArray(S, x, at + step);
    FloatVector a2 = FloatVector.fromArray(S, x, at + 2 * step);
    FloatVector a3 = FloatVector.fromArray(S, x, at + 3 * step);
    FloatVector a4 = FloatVector.fromArray(S, x, at + 4 * step);
    FloatVector a5 = FloatVector.fromArray(S, x, at + 5 * step);
    FloatVector a6 = FloatVector.fromArray(S, x, at + 6 * step);
    FloatVector a7 = FloatVector.fromArray(S, x, at + 7 * step);
    FloatVector b0 = a0.blend(a4.rearrange(SWAP_4), HIGH_4);
    FloatVector b4 = a0.rearrange(SWAP_4).blend(a4, HIGH_4);
    FloatVector b1 = a1.blend(a5.rearrange(SWAP_4), HIGH_4);
    FloatVector b5 = a1.rearrange(SWAP_4).blend(a5, HIGH_4);
    FloatVector b2 = a2.blend(a6.rearrange(SWAP_4), HIGH_4);
    FloatVector b6 = a2.rearrange(SWAP_4).blend(a6, HIGH_4);
    FloatVector b3 = a3.blend(a7.rearrange(SWAP_4), HIGH_4);
    FloatVector b7 = a3.rearrange(SWAP_4).blend(a7, HIGH_4);
    FloatVector c0 = b0.blend(b2.rearrange(SWAP_2), HIGH_2);
    FloatVector c2 = b0.rearrange(SWAP_2).blend(b2, HIGH_2);
    FloatVector c1 = b1.blend(b3.rearrange(SWAP_2), HIGH_2);
    FloatVector c3 = b1.rearrange(SWAP_2).blend(b3, HIGH_2);
    c0.blend(c1.rearrange(SWAP_1), HIGH_1).intoArray(to, toAt);
    c0.rearrange(SWAP_1).blend(c1, HIGH_1).intoArray(to, toAt + toStep);
    c2.blend(c3.rearrange(SWAP_1), HIGH_1).intoArray(to, toAt + 2 * toStep);
    c2.rearrange(SWAP_1).blend(c3, HIGH_1).intoArray(to, toAt + 3 * toStep);
    FloatVector c4 = b4.blend(b6.rearrange(SWAP_2), HIGH_2);
    FloatVector c6 = b4.rearrange(SWAP_2).blend(b6, HIGH_2);
    FloatVector c5 = b5.blend(b7.rearrange(SWAP_2), HIGH_2);
    FloatVector c7 = b5.rearrange(SWAP_2).blend(b7, HIGH_2);
    c4.blend(c5.rearrange(SWAP_1), HIGH_1).intoArray(to, toAt + 4 * toStep);
    c4.rearrange(SWAP_1).blend(c5, HIGH_1).intoArray(to, toAt + 5 * toStep);
    if (columns == GROUP) {
      c6.blend(c7.rearrange(SWAP_1), HIGH_1).intoArray(to, toAt + 6 * toStep);
      c6.rearrange(SWAP_1).blend(c7, HIGH_1).intoArray(to, toAt + 7 * toStep);
    }
  }

  /** As {@link TileLoops#packPanels}. */
  static void panels(
      float[] x, int at, int step, int count, int columns, float[] packed, int to, int panelStep) {
    int panel = VectorTileLoops.PANEL;
    int whole = columns / PAIR * PAIR;
    int p = 0;
    // Whole lines are one stream of memory; parts of lines are read four at a time.
    for (; columns < step && p <= count - 4; p += 4) {
      int from = at + p * step;
      int row = to + p * panel;
      for (int j = 0; j < whole; j += PAIR) {
        int copy = row + j / panel * panelStep + j % panel;
        pair(x, from + j, packed, copy);
        pair(x, from + step + j, packed, copy + panel);
        pair(x, from + 2 * step + j, packed, copy + 2 * panel);
        pair(x, from + 3 * step + j, packed, copy + 3 * panel);
      }
    }
    for (; p < count; p++) {
      for (int j = 0; j < whole; j += PAIR) {
        pair(x, at + p * step + j, packed, to + p * panel + j / panel * panelStep + j % panel);
      }
    }
    int last = to + whole / panel * panelStep + whole % panel;
    for (p = 0; whole < columns && p < count; p++) {
      System.arraycopy(x, at + p * step + whole, packed, last + p * panel, columns - whole);
    }
  }

  /** Copies two of the widest vectors, of which panels consist. */
  private static void pair(float[] x, int at, float[] to, int toAt) {
    FloatVector first = FloatVector.fromArray(VectorWidth.FLOATS, x, at);
    FloatVector second = FloatVector.fromArray(VectorWidth.FLOATS, x, at + VectorWidth.LANES);
    first.intoArray(to, toAt);
    second.intoArray(to, toAt + VectorWidth.LANES);
  }
}
