package org.stabledino.tensor.cpu;

/** {@link RowLoops} without vector instructions. */
final class ScalarRowLoops implements RowLoops {

  @Override
  public float max(float[] x, int xo, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, x[xo + i]);
    }
    return max;
  }

  @Override
  public float dot(float[] a, int ao, float[] b, int bo, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) {
      sum += a[ao + i] * b[bo + i];
    }
    return sum;
  }

  @Override
  public void add(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] += x[xo + i];
    }
  }

  @Override
  public void scale(float[] x, int xo, float scale, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = scale * x[xo + i];
    }
  }

  @Override
  public float expSum(float[] x, int xo, float shift, float[] y, int yo, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) {
      float value = (float) Math.exp(x[xo + i] - shift);
      y[yo + i] = value;
      sum += value;
    }
    return sum;
  }

  @Override
  public void softmaxGradient(
      float[] y,
      int yo,
      float[] gradY,
      int go,
      float dot,
      float scale,
      float[] gradX,
      int o,
      int n) {
    for (int i = 0; i < n; i++) {
      gradX[o + i] = y[yo + i] * (gradY[go + i] - dot) * scale;
    }
  }

  @Override
  public void softmax(float[] x, int xo, float[] y, int yo, int rows, int n) {
    for (int row = 0; row < rows; row++, xo += n, yo += n) {
      float sum = expSum(x, xo, max(x, xo, n), y, yo, n);
      scale(y, yo, 1 / sum, y, yo, n);
    }
  }

  @Override
  public void softmaxBackward(
      float[] y, int yo, float[] gradY, int go, float[] gradX, int o, int rows, int n) {
    for (int row = 0; row < rows; row++, yo += n, go += n, o += n) {
      softmaxGradient(y, yo, gradY, go, dot(y, yo, gradY, go, n), 1, gradX, o, n);
    }
  }

  @Override
  public void layerNorm(
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
      int n) {
    for (int row = 0; row < rows; row++, xo += n, yo += n) {
      float sum = 0;
      for (int c = 0; c < n; c++) {
        sum += x[xo + c];
      }
      float centre = sum / n;
      float squares = 0;
      for (int c = 0; c < n; c++) {
        float d = x[xo + c] - centre;
        squares += d * d;
      }
      float inverse = (float) (1 / Math.sqrt(squares / n + eps));
      for (int c = 0; c < n; c++) {
        y[yo + c] = (x[xo + c] - centre) * inverse * weight[wo + c] + bias[bo + c];
      }
      if (mean != null) {
        mean[mo + row] = centre;
        inverseStd[io + row] = inverse;
      }
    }
  }

  @Override
  public void layerNormBackward(
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
      int n) {
    for (int row = 0; row < rows; row++, go += n, xo += n, gxo += n) {
      float centre = mean[mo + row];
      float inverse = inverseStd[io + row];
      float sum = 0;
      float product = 0;
      for (int c = 0; c < n; c++) {
        float normal = (x[xo + c] - centre) * inverse;
        float g = gradY[go + c];
        sum += g * weight[wo + c];
        product += g * weight[wo + c] * normal;
        if (sums != null) {
          sums[so + c] += g * normal;
          sums[so + n + c] += g;
        }
      }
      if (gradX != null) {
        for (int c = 0; c < n; c++) {
          float normal = (x[xo + c] - centre) * inverse;
          gradX[gxo + c] =
              inverse * (gradY[go + c] * weight[wo + c] - sum / n - normal * (product / n));
        }
      }
    }
  }
}
