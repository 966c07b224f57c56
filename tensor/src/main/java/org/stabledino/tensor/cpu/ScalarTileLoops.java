package org.stabledino.tensor.cpu;

/** {@link TileLoops} without vector instructions. */
final class ScalarTileLoops implements TileLoops {
  private static final int LANES = 4;

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public int panel() {
    return 2 * LANES;
  }

  @Override
  public void wide(Product product, int row, int rows, int bAt, int cAt) {
    tile(product, row, rows, LANES, bAt, cAt);
    tile(product, row, rows, LANES, bAt + LANES, cAt + LANES);
  }

  @Override
  public void narrow(Product product, int row, int rows, int bAt, int cAt) {
    tile(product, row, rows, LANES, bAt, cAt);
  }

  @Override
  public void edge(Product product, int rows, int columns, int bAt, int cAt) {
    tile(product, 0, rows, columns, bAt, cAt);
  }

  private static void tile(Product t, int row, int rows, int columns, int bAt, int cAt) {
    for (int i = row; i < row + rows; i++) {
      float sum0 = 0;
      float sum1 = 0;
      float sum2 = 0;
      float sum3 = 0;
      int bo = bAt;
      for (int o = 0; o < t.outer; o++) {
        int ao = t.aOffset + t.aRows[i] + o * t.outerStep;
        for (int p = 0; p < t.inner; p++) {
          float x = t.a[ao];
          sum0 += x * t.b[bo];
          sum1 += x * t.b[bo + 1];
          sum2 += x * t.b[bo + 2];
          sum3 += x * t.b[bo + 3];
          ao += t.innerStep;
          bo += t.bStep;
        }
      }
      int co = cAt + t.cRows[i];
      store(t, co, sum0);
      if (columns > 1) {
        store(t, co + 1, sum1);
      }
      if (columns > 2) {
        store(t, co + 2, sum2);
      }
      if (columns > 3) {
        store(t, co + 3, sum3);
      }
    }
  }

  private static void store(Product t, int at, float sum) {
    t.c[at] = t.accumulate ? t.c[at] + sum : sum;
  }
}
