package org.stabledino.tensor.cpu;

/**
 * The innermost loops of normalisation by channel, over neighbouring rows of n channels. An
 * argument {@code xo} is the index of the first element in the array before it.
 */
interface ChannelLoops {

  /**
   * For each channel c of n, over rows: {@code out[oo + c] = sum(x - shift[so + c])} and {@code
   * out[oo + n + c] = sum((x - shift)^2)}.
   */
  void channelMoments(
      float[] x, int xo, float[] shift, int so, float[] out, int oo, int rows, int n);

  /**
   * For each channel c of n, over rows: {@code out[oo + c] = sum(g)} and {@code out[oo + n + c] =
   * sum(g * (x - mean[mo + c]))}.
   */
  void channelProducts(
      float[] g,
      int go,
      float[] x,
      int xo,
      float[] mean,
      int mo,
      float[] out,
      int oo,
      int rows,
      int n);

  /**
   * {@code y = (x - centre) * scale + shift} by channel over rows, then perhaps ReLU; centre, scale
   * and shift lie one after the other in {@code channels}.
   */
  void channelNormalize(
      float[] x,
      int xo,
      float[] channels,
      int co,
      boolean relu,
      float[] y,
      int yo,
      int rows,
      int n);

  /**
   * {@code out = g * p + x * q + r} by channel over rows, with p, q and r one after the other in
   * {@code pqr}.
   */
  void channelCombine(
      float[] g,
      int go,
      float[] x,
      int xo,
      float[] pqr,
      int po,
      float[] out,
      int oo,
      int rows,
      int n);
}
