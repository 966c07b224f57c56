package org.stabledino.tensor.cpu;

/** {@link ChannelLoops} without vector instructions. */
final class ScalarChannelLoops implements ChannelLoops {

  @Override
  public void channelMoments(
      float[] x, int xo, float[] shift, int so, float[] out, int oo, int rows, int n) {
    for (int c = 0; c < n; c++) {
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
    for (int c = 0; c < n; c++) {
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
      for (int c = 0; c < n; c++) {
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
      for (int c = 0; c < n; c++) {
        out[oo + c] = g[go + c] * pqr[po + c] + x[xo + c] * pqr[po + n + c] + pqr[po + 2 * n + c];
      }
    }
  }
}
