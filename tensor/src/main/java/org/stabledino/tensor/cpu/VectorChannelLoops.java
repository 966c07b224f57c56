package org.stabledino.tensor.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ChannelLoops} with the Vector API; tails shorter than a vector run element by element.
 * Sums over rows stay in memory, in the nearest cache, so that the rows are read in order: memory
 * is far slower.
 */
final class VectorChannelLoops implements ChannelLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final int LANES = SPECIES.length();

  @Override
  public void channelMoments(
      float[] x, int xo, float[] shift, int so, float[] out, int oo, int rows, int n) {
    Arrays.fill(out, oo, oo + 2 * n, 0f);
    for (int row = 0; row < rows; row++, xo += n) {
      int c = 0;
      for (; c <= n - LANES; c += LANES) {
        FloatVector d =
            FloatVector.fromArray(SPECIES, x, xo + c)
                .sub(FloatVector.fromArray(SPECIES, shift, so + c));
        FloatVector.fromArray(SPECIES, out, oo + c).add(d).intoArray(out, oo + c);
        d.fma(d, FloatVector.fromArray(SPECIES, out, oo + n + c)).intoArray(out, oo + n + c);
      }
      for (; c < n; c++) {
        float d = x[xo + c] - shift[so + c];
        out[oo + c] += d;
        out[oo + n + c] += d * d;
      }
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
    Arrays.fill(out, oo, oo + 2 * n, 0f);
    for (int row = 0; row < rows; row++, go += n, xo += n) {
      int c = 0;
      for (; c <= n - LANES; c += LANES) {
        FloatVector gradient = FloatVector.fromArray(SPECIES, g, go + c);
        FloatVector.fromArray(SPECIES, out, oo + c).add(gradient).intoArray(out, oo + c);
        FloatVector.fromArray(SPECIES, x, xo + c)
            .sub(FloatVector.fromArray(SPECIES, mean, mo + c))
            .fma(gradient, FloatVector.fromArray(SPECIES, out, oo + n + c))
            .intoArray(out, oo + n + c);
      }
      for (; c < n; c++) {
        out[oo + c] += g[go + c];
        out[oo + n + c] += g[go + c] * (x[xo + c] - mean[mo + c]);
      }
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
