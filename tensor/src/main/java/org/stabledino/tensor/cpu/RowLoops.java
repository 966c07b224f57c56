package org.stabledino.tensor.cpu;

/**
 * The innermost loops of normalisation and softmax, over rows of neighbouring floats. An argument
 * {@code xo} is the index of the first element in the array before it.
 */
interface RowLoops {

  /** The largest of n elements; minus infinity for none. */
  float max(float[] x, int xo, int n);

  /** {@code sum(a * b)}. */
  float dot(float[] a, int ao, float[] b, int bo, int n);

  /** {@code y += x}. */
  void add(float[] x, int xo, float[] y, int yo, int n);

  /** {@code y = scale * x}. */
  void scale(float[] x, int xo, float scale, float[] y, int yo, int n);

  /** {@code y = e^(x - shift)} for {@code x <= shift}; the sum of y is returned. */
  float expSum(float[] x, int xo, float shift, float[] y, int yo, int n);

  /** {@code gradX = y * (gradY - dot) * scale}. */
  void softmaxGradient(
      float[] y,
      int yo,
      float[] gradY,
      int go,
      float dot,
      float scale,
      float[] gradX,
      int o,
      int n);

  /** The softmax of each of {@code rows} neighbouring rows of n; y may be x. */
  void softmax(float[] x, int xo, float[] y, int yo, int rows, int n);

  /** The gradient of {@link #softmax}; gradX may be gradY. */
  void softmaxBackward(
      float[] y, int yo, float[] gradY, int go, float[] gradX, int o, int rows, int n);

  /**
   * Layer normalisation of neighbouring rows of n.
   *
   * @param mean one a row, or null together with inverseStd
   */
  void layerNorm(
      float[] x,
      int xo,
      float[] weight,
      int wo,
      float[] bias,
      int bo,
      float eps,
      float[] y,
      int yo,
      float[] mean,
      int mo,
      float[] inverseStd,
      int io,
      int rows,
      int n);

  /**
   * The gradient of {@link #layerNorm} for neighbouring rows of n.
   *
   * @param gradX written, or null
   * @param sums {@code sums[so + c]} gets the weight's gradient added, {@code sums[so + n + c]} the
   *     bias's; or null
   */
  void layerNormBackward(
      float[] gradY,
      int go,
      float[] x,
      int xo,
      float[] weight,
      int wo,
      float[] mean,
      int mo,
      float[] inverseStd,
      int io,
      float[] gradX,
      int gxo,
      float[] sums,
      int so,
      int rows,
      int n);

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
   * {@code y += bias} by channel over rows, then perhaps ReLU.
   *
   * @param bias n elements from bo; nullable
   */
  void addBias(float[] bias, int bo, boolean relu, float[] y, int yo, int rows, int n);

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
