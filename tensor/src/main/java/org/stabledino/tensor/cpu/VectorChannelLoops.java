package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link ChannelLoops} with the Vector API; tails shorter than a vector run element by element. */
final class VectorChannelLoops implements ChannelLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final int LANES = SPECIES.length();

  @Override
  public void channelMoments(
      float[] x, int xo, float[] shift, int so, float[] out, int oo, int rows, int n) {
    int c = 0;
    for (; c <= n - LANES; c += LANES) {
      FloatVector centre = FloatVector.fromArray(SPECIES, shift, so + c);
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      FloatVector squares0 = sum0;
      FloatVector squares1 = sum0;
      int row = 0;
      for (; row < rows - 1; row += 2) {
        int i = xo + row * n + c;
        FloatVector d0 = FloatVector.fromArray(SPECIES, x, i).sub(centre);
        FloatVector d1 = FloatVector.fromArray(SPECIES, x, i + n).sub(centre);
        sum0 = sum0.add(d0);
        sum1 = sum1.add(d1);
        squares0 = d0.fma(d0, squares0);
        squares1 = d1.fma(d1, squares1);
      }
      if (row < rows) {
        FloatVector d = FloatVector.fromArray(SPECIES, x, xo + row * n + c).sub(centre);
        sum0 = sum0.add(d);
        squares0 = d.fma(d, squares0);
      }
      sum0.add(sum1).intoArray(out, oo + c);
      squares0.add(squares1).intoArray(out, oo + n + c);
    }
    for (; c < n; c++) {
      float centre = shift[so + c];
      float sum = 0;
      float squares = 0;
      for (int row = 0; row < rows; row++) {
        float d = x[xo + row * n + c] - centre;
        sum += d;
        squares += d * d;
      }
      out[oo + c] = sum;
      out[oo + n + c] = squares;
    }
  }

  @Override
  public void channelProducts(
      float[] g,
      int go,
      float[] x,
      int xo,
      float[] mean,
      int mo,
      float[] out,
      int oo,
      int rows,
      int n) {
    int c = 0;
    for (; c <= n - LANES; c += LANES) {
      FloatVector centre = FloatVector.fromArray(SPECIES, mean, mo + c);
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      FloatVector product0 = sum0;
      FloatVector product1 = sum0;
      int row = 0;
      for (; row < rows - 1; row += 2) {
        int i = row * n + c;
        FloatVector g0 = FloatVector.fromArray(SPECIES, g, go + i);
        FloatVector g1 = FloatVector.fromArray(SPECIES, g, go + i + n);
        sum0 = sum0.add(g0);
        sum1 = sum1.add(g1);
        product0 = g0.fma(FloatVector.fromArray(SPECIES, x, xo + i).sub(centre), product0);
        product1 = g1.fma(FloatVector.fromArray(SPECIES, x, xo + i + n).sub(centre), product1);
      }
      if (row < rows) {
        int i = row * n + c;
        FloatVector g0 = FloatVector.fromArray(SPECIES, g, go + i);
        sum0 = sum0.add(g0);
        product0 = g0.fma(FloatVector.fromArray(SPECIES, x, xo + i).sub(centre), product0);
      }
      sum0.add(sum1).intoArray(out, oo + c);
      product0.add(product1).intoArray(out, oo + n + c);
    }
    for (; c < n; c++) {
      float sum = 0;
      float product = 0;
      for (int row = 0; row < rows; row++) {
        sum += g[go + row * n + c];
        product += g[go + row * n + c] * (x[xo + row * n + c] - mean[mo + c]);
      }
      out[oo + c] = sum;
      out[oo + n + c] = product;
    }
  }

  @Override
  public void channelNormalize(
      float[] x,
      int xo,
      float[] channels,
      int co,
      boolean relu,
      float[] y,
      int yo,
      int rows,
      int n) {
    for (int row = 0; row < rows; row++, xo += n, yo += n) {
      int c = 0;
      for (; c <= n - LANES; c += LANES) {
        FloatVector value =
            FloatVector.fromArray(SPECIES, x, xo + c)
                .sub(FloatVector.fromArray(SPECIES, channels, co + c))
                .fma(
                    FloatVector.fromArray(SPECIES, channels, co + n + c),
                    FloatVector.fromArray(SPECIES, channels, co + 2 * n + c));
        if (relu) {
          value = value.blend(0f, value.compare(VectorOperators.LT, 0f));
        }
        value.intoArray(y, yo + c);
      }
      for (; c < n; c++) {
        float value =
            (x[xo + c] - channels[co + c]) * channels[co + n + c] + channels[co + 2 * n + c];
        y[yo + c] = relu && value < 0 ? 0 : value;
      }
    }
  }

  @Override
  public void channelCombine(
      float[] g,
      int go,
      float[] x,
      int xo,
      float[] pqr,
      int po,
      float[] out,
      int oo,
      int rows,
      int n) {
    for (int row = 0; row < rows; row++, go += n, xo += n, oo += n) {
      int c = 0;
      for (; c <= n - LANES; c += LANES) {
        FloatVector value =
            FloatVector.fromArray(SPECIES, x, xo + c)
                .fma(
                    FloatVector.fromArray(SPECIES, pqr, po + n + c),
                    FloatVector.fromArray(SPECIES, pqr, po + 2 * n + c));
        FloatVector.fromArray(SPECIES, g, go + c)
            .fma(FloatVector.fromArray(SPECIES, pqr, po + c), value)
            .intoArray(out, oo + c);
      }
      for (; c < n; c++) {
        out[oo + c] = g[go + c] * pqr[po + c] + x[xo + c] * pqr[po + n + c] + pqr[po + 2 * n + c];
      }
    }
  }
}
