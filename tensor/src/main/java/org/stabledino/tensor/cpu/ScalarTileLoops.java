package org.stabledino.tensor.cpu;

/**
 * {@link TileLoops} without vector instructions: four columns of one row at a time, the most that
 * plain Java keeps in registers reliably.
 */
final class ScalarTileLoops implements TileLoops {
  private static final int WIDTH = 4;

  @Override
  public int panel() {
    return 4 * WIDTH;
  }

  @Override
  public int width(int left, boolean packed) {
    return WIDTH;
  }

  @Override
  public void packPanels(
      float[] x, int at, int step, int count, int columns, float[] packed, int to, int panelStep) {
    for (int p = 0; p < count; p++) {
      for (int j = 0; j < columns; j++) {
        int row = to + j / panel() * panelStep + p * panel();
        packed[row + j % panel()] = x[at + p * step + j];
      }
    }
  }

  @Override
  public boolean packs(int columns) {
    return false;
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
    for (int i = 0; i < ROWS; i++) {
      int from = at + rows[row + Math.min(i, last)];
      for (int p = 0; p < count; p++) {
        packed[to + TileLoops.packedAt(i, first + p)] = x[from + p];
      }
    }
  }

  @Override
  public void packColumns(
      float[] x, int at, int step, int used, int count, float[] packed, int to, int first) {
    for (int p = 0; p < count; p++) {
      for (int i = 0; i < used; i++) {
        packed[to + TileLoops.packedAt(i, first + p)] = x[at + p * step + i];
      }
    }
  }

  @Override
  public void transpose(
      float[] x, int at, int step, int rows, int columns, float[] to, int toAt, int toStep) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        to[toAt + c * toStep + r] = x[at + r * step + c];
      }
    }
  }

  @Override
  public void tile(Product t, int row, int rows, int width, int bAt, int column) {
    for (int i = row; i < row + rows; i++) {
      int to = t.cOffset + t.cRows[i] + column;
      float[] start = t.accumulate ? t.c : t.start;
      int at = t.accumulate ? to : t.startOffset + column;
      float sum0 = start == null ? 0f : start[at];
      float sum1 = start == null ? 0f : start[at + 1];
      float sum2 = start == null ? 0f : start[at + 2];
      float sum3 = start == null ? 0f : start[at + 3];
      int from = bAt;
      for (int o = 0; o < t.outer; o++) {
        int line = t.aOffset + t.aRows[i] + o * t.outerStep;
        for (int p = 0; p < t.inner; p++) {
          float x = t.a[line + (t.packed ? TileLoops.packedAt(0, p) : p)];
          sum0 += x * t.b[from];
          sum1 += x * t.b[from + 1];
          sum2 += x * t.b[from + 2];
          sum3 += x * t.b[from + 3];
          from += t.bStep;
        }
      }
      t.c[to] = t.relu ? Math.max(sum0, 0f) : sum0;
      t.c[to + 1] = t.relu ? Math.max(sum1, 0f) : sum1;
      t.c[to + 2] = t.relu ? Math.max(sum2, 0f) : sum2;
      t.c[to + 3] = t.relu ? Math.max(sum3, 0f) : sum3;
    }
  }
}
