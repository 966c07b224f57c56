package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link TileLoops} with the Vector API.
 *
 * <p>Six rows of two vectors: twelve sums keep both multipliers busy for the latency of a fused
 * multiply-add and fit, with two vectors of b and one of a, in sixteen registers. C2 keeps vectors
 * in registers only as local variables, hence the written-out tiles.
 */
final class VectorTileLoops implements TileLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final int LANES = SPECIES.length();

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
    if (rows == ROWS) {
      wide6(product, row, bAt, cAt);
      return;
    }
    int i = row;
    if (rows >= 3) {
      wide3(product, i, bAt, cAt);
      i += 3;
    }
    for (; i < row + rows; i++) {
      wide1(product, i, bAt, cAt);
    }
  }

  @Override
  public void narrow(Product product, int row, int rows, int bAt, int cAt) {
    if (rows == ROWS) {
      narrow6(product, row, bAt, cAt);
      return;
    }
    int i = row;
    if (rows >= 3) {
      narrow3(product, i, bAt, cAt);
      i += 3;
    }
    for (; i < row + rows; i++) {
      narrow1(product, i, bAt, cAt);
    }
  }

  @Override
  public void edge(Product product, int rows, int columns, int bAt, int cAt) {
    Product whole = new Product(this);
    whole.a = product.a;
    whole.aOffset = product.aOffset;
    whole.aRows = product.aRows;
    whole.outer = product.outer;
    whole.outerStep = product.outerStep;
    whole.inner = product.inner;
    whole.innerStep = product.innerStep;
    whole.b = product.b;
    whole.bStep = product.bStep;
    whole.c = new float[rows * LANES];
    whole.cRows = new int[rows];
    Product.steps(whole.cRows, rows, LANES);
    for (int row = 0; row < rows; row += ROWS) {
      narrow(whole, row, Math.min(ROWS, rows - row), bAt, 0);
    }
    for (int row = 0; row < rows; row++) {
      int to = cAt + product.cRows[row];
      for (int j = 0; j < columns; j++) {
        float sum = whole.c[row * LANES + j];
        product.c[to + j] = product.accumulate ? product.c[to + j] + sum : sum;
      }
    }
  }

  private static void wide6(Product t, int row, int bAt, int cAt) {
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int innerStep = t.innerStep;
    int bStep = t.bStep;
    int a0 = t.aOffset + t.aRows[row];
    int a1 = t.aOffset + t.aRows[row + 1];
    int a2 = t.aOffset + t.aRows[row + 2];
    int a3 = t.aOffset + t.aRows[row + 3];
    int a4 = t.aOffset + t.aRows[row + 4];
    int a5 = t.aOffset + t.aRows[row + 5];
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    FloatVector c40 = c00;
    FloatVector c41 = c00;
    FloatVector c50 = c00;
    FloatVector c51 = c00;
    for (int o = 0; o < t.outer; o++) {
      int step = o * t.outerStep;
      for (int p = 0; p < inner; p++) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, bAt + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + step]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        x = FloatVector.broadcast(SPECIES, a[a1 + step]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        x = FloatVector.broadcast(SPECIES, a[a2 + step]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        x = FloatVector.broadcast(SPECIES, a[a3 + step]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        x = FloatVector.broadcast(SPECIES, a[a4 + step]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        x = FloatVector.broadcast(SPECIES, a[a5 + step]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        step += innerStep;
        bAt += bStep;
      }
    }
    store(t, cAt + t.cRows[row], c00, c01);
    store(t, cAt + t.cRows[row + 1], c10, c11);
    store(t, cAt + t.cRows[row + 2], c20, c21);
    store(t, cAt + t.cRows[row + 3], c30, c31);
    store(t, cAt + t.cRows[row + 4], c40, c41);
    store(t, cAt + t.cRows[row + 5], c50, c51);
  }

  private static void wide3(Product t, int row, int bAt, int cAt) {
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int innerStep = t.innerStep;
    int bStep = t.bStep;
    int a0 = t.aOffset + t.aRows[row];
    int a1 = t.aOffset + t.aRows[row + 1];
    int a2 = t.aOffset + t.aRows[row + 2];
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    for (int o = 0; o < t.outer; o++) {
      int step = o * t.outerStep;
      for (int p = 0; p < inner; p++) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, bAt + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + step]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        x = FloatVector.broadcast(SPECIES, a[a1 + step]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        x = FloatVector.broadcast(SPECIES, a[a2 + step]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        step += innerStep;
        bAt += bStep;
      }
    }
    store(t, cAt + t.cRows[row], c00, c01);
    store(t, cAt + t.cRows[row + 1], c10, c11);
    store(t, cAt + t.cRows[row + 2], c20, c21);
  }

  private static void wide1(Product t, int row, int bAt, int cAt) {
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int innerStep = t.innerStep;
    int bStep = t.bStep;
    int a0 = t.aOffset + t.aRows[row];
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    for (int o = 0; o < t.outer; o++) {
      int step = o * t.outerStep;
      for (int p = 0; p < inner; p++) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, bAt + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + step]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        step += innerStep;
        bAt += bStep;
      }
    }
    store(t, cAt + t.cRows[row], c00, c01);
  }

  private static void narrow6(Product t, int row, int bAt, int cAt) {
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int innerStep = t.innerStep;
    int bStep = t.bStep;
    int a0 = t.aOffset + t.aRows[row];
    int a1 = t.aOffset + t.aRows[row + 1];
    int a2 = t.aOffset + t.aRows[row + 2];
    int a3 = t.aOffset + t.aRows[row + 3];
    int a4 = t.aOffset + t.aRows[row + 4];
    int a5 = t.aOffset + t.aRows[row + 5];
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c10 = c00;
    FloatVector c20 = c00;
    FloatVector c30 = c00;
    FloatVector c40 = c00;
    FloatVector c50 = c00;
    for (int o = 0; o < t.outer; o++) {
      int step = o * t.outerStep;
      for (int p = 0; p < inner; p++) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + step]);
        c00 = x.fma(b0, c00);
        x = FloatVector.broadcast(SPECIES, a[a1 + step]);
        c10 = x.fma(b0, c10);
        x = FloatVector.broadcast(SPECIES, a[a2 + step]);
        c20 = x.fma(b0, c20);
        x = FloatVector.broadcast(SPECIES, a[a3 + step]);
        c30 = x.fma(b0, c30);
        x = FloatVector.broadcast(SPECIES, a[a4 + step]);
        c40 = x.fma(b0, c40);
        x = FloatVector.broadcast(SPECIES, a[a5 + step]);
        c50 = x.fma(b0, c50);
        step += innerStep;
        bAt += bStep;
      }
    }
    store(t, cAt + t.cRows[row], c00);
    store(t, cAt + t.cRows[row + 1], c10);
    store(t, cAt + t.cRows[row + 2], c20);
    store(t, cAt + t.cRows[row + 3], c30);
    store(t, cAt + t.cRows[row + 4], c40);
    store(t, cAt + t.cRows[row + 5], c50);
  }

  private static void narrow3(Product t, int row, int bAt, int cAt) {
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int innerStep = t.innerStep;
    int bStep = t.bStep;
    int a0 = t.aOffset + t.aRows[row];
    int a1 = t.aOffset + t.aRows[row + 1];
    int a2 = t.aOffset + t.aRows[row + 2];
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c10 = c00;
    FloatVector c20 = c00;
    for (int o = 0; o < t.outer; o++) {
      int step = o * t.outerStep;
      for (int p = 0; p < inner; p++) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + step]);
        c00 = x.fma(b0, c00);
        x = FloatVector.broadcast(SPECIES, a[a1 + step]);
        c10 = x.fma(b0, c10);
        x = FloatVector.broadcast(SPECIES, a[a2 + step]);
        c20 = x.fma(b0, c20);
        step += innerStep;
        bAt += bStep;
      }
    }
    store(t, cAt + t.cRows[row], c00);
    store(t, cAt + t.cRows[row + 1], c10);
    store(t, cAt + t.cRows[row + 2], c20);
  }

  private static void narrow1(Product t, int row, int bAt, int cAt) {
    float[] a = t.a;
    float[] b = t.b;
    int inner = t.inner;
    int innerStep = t.innerStep;
    int bStep = t.bStep;
    int a0 = t.aOffset + t.aRows[row];
    FloatVector c00 = FloatVector.zero(SPECIES);
    for (int o = 0; o < t.outer; o++) {
      int step = o * t.outerStep;
      for (int p = 0; p < inner; p++) {
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
        FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + step]);
        c00 = x.fma(b0, c00);
        step += innerStep;
        bAt += bStep;
      }
    }
    store(t, cAt + t.cRows[row], c00);
  }

  private static void store(Product t, int at, FloatVector sum0, FloatVector sum1) {
    store(t, at, sum0);
    store(t, at + LANES, sum1);
  }

  private static void store(Product t, int at, FloatVector sum) {
    if (t.accumulate) {
      sum = sum.add(FloatVector.fromArray(SPECIES, t.c, at));
    }
    sum.intoArray(t.c, at);
  }
}
