package org.stabledino.tensor.cpu;

/**
 * The innermost loops of layer normalisation and softmax, over rows of neighbouring floats. An
 * argument {@code xo} is the index of the first element in the array before it.
 */
interface RowLoops {

  /** The largest of n elements, of which NaN may be left out; minus infinity for none. */
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
}
