package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link RowLoops} with the Vector API; most tails shorter than a vector run element by element.
 */
final class VectorRowLoops implements RowLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final int LANES = SPECIES.length();

  /** Short rows that stay in the L1 cache between the steps of their softmax. */
  private static final int SHORT_ROWS = 32;

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(SPECIES, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(SPECIES, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(SPECIES, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(SPECIES, 1, 1, true);

  /**
   * The sum of all lanes, in one order: {@code reduceLanes(ADD)} adds in another order once C2 has
   * compiled it, so that a run's bits would depend on when that happens.
   */
  private static float sumLanes(FloatVector v) {
    return sumOfLanes(v).lane(0);
  }

  /** {@link #sumLanes} in every lane. */
  private static FloatVector sumOfLanes(FloatVector v) {
    if (LANES >= 16) {
      v = v.add(v.rearrange(BY_8));
    }
    if (LANES >= 8) {
      v = v.add(v.rearrange(BY_4));
    }
    if (LANES >= 4) {
      v = v.add(v.rearrange(BY_2));
    }
    return v.add(v.rearrange(BY_1));
  }

  @Override
  public float max(float[] x, int xo, int n) {
    FloatVector max0 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    FloatVector max1 = max0;
    FloatVector max2 = max0;
    FloatVector max3 = max0;
    int i = 0;
    for (; i <= n - 4 * LANES; i += 4 * LANES) {
      max0 = larger(FloatVector.fromArray(SPECIES, x, xo + i), max0);
      max1 = larger(FloatVector.fromArray(SPECIES, x, xo + i + LANES), max1);
      max2 = larger(FloatVector.fromArray(SPECIES, x, xo + i + 2 * LANES), max2);
      max3 = larger(FloatVector.fromArray(SPECIES, x, xo + i + 3 * LANES), max3);
    }
    for (; i <= n - LANES; i += LANES) {
      max0 = larger(FloatVector.fromArray(SPECIES, x, xo + i), max0);
    }
    float max = larger(larger(max0, max1), larger(max2, max3)).reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      max = x[xo + i] > max ? x[xo + i] : max;
    }
    return max;
  }

  /** The larger of x and y, and y where x is NaN: two instructions, where NaN's way takes six. */
  private static FloatVector larger(FloatVector x, FloatVector y) {
    return y.blend(x, x.compare(VectorOperators.GT, y));
  }

  @Override
  public float dot(float[] a, int ao, float[] b, int bo, int n) {
    int i = 0;
    FloatVector sum = FloatVector.zero(SPECIES);
    for (; i <= n - LANES; i += LANES) {
      sum =
          FloatVector.fromArray(SPECIES, a, ao + i)
              .fma(FloatVector.fromArray(SPECIES, b, bo + i), sum);
    }
    float result = n >= LANES ? sumLanes(sum) : 0;
    for (; i < n; i++) {
      result += a[ao + i] * b[bo + i];
    }
    return result;
  }

  @Override
  public void add(float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, x, xo + i)
          .add(FloatVector.fromArray(SPECIES, y, yo + i))
          .intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] += x[xo + i];
    }
  }

  @Override
  public void scale(float[] x, int xo, float scale, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, x, xo + i).mul(scale).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = scale * x[xo + i];
    }
  }

  @Override
  public float expSum(float[] x, int xo, float shift, float[] y, int yo, int n) {
    int i = 0;
    FloatVector sum = FloatVector.zero(SPECIES);
    for (; i <= n - LANES; i += LANES) {
      FloatVector e = exp(FloatVector.fromArray(SPECIES, x, xo + i).sub(shift));
      e.intoArray(y, yo + i);
      sum = sum.add(e);
    }
    if (i < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(i, n);
      FloatVector e = exp(FloatVector.fromArray(SPECIES, x, xo + i, rest).sub(shift));
      e.intoArray(y, yo + i, rest);
      sum = sum.add(FloatVector.zero(SPECIES).blend(e, rest));
    }
    return sumLanes(sum);
  }

  /** {@code e^x} for x of at most about 88; 0 below -87. */
  private static FloatVector exp(FloatVector x) {
    return VectorMath.expOfNormal(x).blend(0f, x.compare(VectorOperators.LT, -87f));
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
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, gradY, go + i)
          .sub(dot)
          .mul(FloatVector.fromArray(SPECIES, y, yo + i))
          .mul(scale)
          .intoArray(gradX, o + i);
    }
    for (; i < n; i++) {
      gradX[o + i] = y[yo + i] * (gradY[go + i] - dot) * scale;
    }
  }

  @Override
  public void softmax(float[] x, int xo, float[] y, int yo, int rows, int n) {
    if (n > 0 && n <= 4 * LANES && n % LANES == 0) {
      for (int row = 0; row < rows; row += SHORT_ROWS) {
        int count = Math.min(SHORT_ROWS, rows - row);
        subtractMax(x, xo + row * n, y, yo + row * n, count, n);
        exp(y, yo + row * n, count * n);
        divideBySum(y, yo + row * n, count, n);
      }
    } else {
      for (int row = 0; row < rows; row++, xo += n, yo += n) {
        float sum = expSum(x, xo, max(x, xo, n), y, yo, n);
        scale(y, yo, 1 / sum, y, yo, n);
      }
    }
  }

  // Deformable attention has rows of 16, by the hundred thousand: maxima and sums stay vectors
  // whose lanes are all the same. Each step has a loop of its own, as C2 inlines only so much.

  private static void subtractMax(float[] x, int xo, float[] y, int yo, int rows, int n) {
    for (int row = 0; row < rows; row++, xo += n, yo += n) {
      FloatVector max = FloatVector.fromArray(SPECIES, x, xo);
      for (int c = LANES; c < n; c += LANES) {
        max = max.max(FloatVector.fromArray(SPECIES, x, xo + c));
      }
      max = maxOfLanes(max);
      for (int c = 0; c < n; c += LANES) {
        FloatVector.fromArray(SPECIES, x, xo + c).sub(max).intoArray(y, yo + c);
      }
    }
  }

  private static void exp(float[] y, int yo, int n) {
    for (int i = 0; i < n; i += LANES) {
      exp(FloatVector.fromArray(SPECIES, y, yo + i)).intoArray(y, yo + i);
    }
  }

  private static void divideBySum(float[] y, int yo, int rows, int n) {
    for (int row = 0; row < rows; row++, yo += n) {
      FloatVector sum = FloatVector.fromArray(SPECIES, y, yo);
      for (int c = LANES; c < n; c += LANES) {
        sum = sum.add(FloatVector.fromArray(SPECIES, y, yo + c));
      }
      FloatVector share = FloatVector.broadcast(SPECIES, 1f).div(sumOfLanes(sum));
      for (int c = 0; c < n; c += LANES) {
        FloatVector.fromArray(SPECIES, y, yo + c).mul(share).intoArray(y, yo + c);
      }
    }
  }

  private static FloatVector maxOfLanes(FloatVector v) {
    if (LANES >= 16) {
      v = v.max(v.rearrange(BY_8));
    }
    if (LANES >= 8) {
      v = v.max(v.rearrange(BY_4));
    }
    if (LANES >= 4) {
      v = v.max(v.rearrange(BY_2));
    }
    return v.max(v.rearrange(BY_1));
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
      float centre = sum(x, xo, n) / n;
      float inverse = (float) (1 / Math.sqrt(squares(x, xo, n, centre) / n + eps));
      int c = 0;
      for (; c <= n - LANES; c += LANES) {
        FloatVector.fromArray(SPECIES, x, xo + c)
            .sub(centre)
            .mul(inverse)
            .fma(
                FloatVector.fromArray(SPECIES, weight, wo + c),
                FloatVector.fromArray(SPECIES, bias, bo + c))
            .intoArray(y, yo + c);
      }
      for (; c < n; c++) {
        y[yo + c] = (x[xo + c] - centre) * inverse * weight[wo + c] + bias[bo + c];
      }
      if (mean != null) {
        mean[mo + row] = centre;
        inverseStd[io + row] = inverse;
      }
    }
  }

  /** Four sums side by side, as each waits for its last addition. */
  private static float sum(float[] x, int xo, int n) {
    int i = 0;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (; i <= n - 4 * LANES; i += 4 * LANES) {
      sum0 = sum0.add(FloatVector.fromArray(SPECIES, x, xo + i));
      sum1 = sum1.add(FloatVector.fromArray(SPECIES, x, xo + i + LANES));
      sum2 = sum2.add(FloatVector.fromArray(SPECIES, x, xo + i + 2 * LANES));
      sum3 = sum3.add(FloatVector.fromArray(SPECIES, x, xo + i + 3 * LANES));
    }
    for (; i <= n - LANES; i += LANES) {
      sum0 = sum0.add(FloatVector.fromArray(SPECIES, x, xo + i));
    }
    float result = sumLanes(sum0.add(sum1).add(sum2.add(sum3)));
    for (; i < n; i++) {
      result += x[xo + i];
    }
    return result;
  }

  private static float squares(float[] x, int xo, int n, float centre) {
    int i = 0;
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (; i <= n - 4 * LANES; i += 4 * LANES) {
      FloatVector d0 = FloatVector.fromArray(SPECIES, x, xo + i).sub(centre);
      FloatVector d1 = FloatVector.fromArray(SPECIES, x, xo + i + LANES).sub(centre);
      FloatVector d2 = FloatVector.fromArray(SPECIES, x, xo + i + 2 * LANES).sub(centre);
      FloatVector d3 = FloatVector.fromArray(SPECIES, x, xo + i + 3 * LANES).sub(centre);
      sum0 = d0.fma(d0, sum0);
      sum1 = d1.fma(d1, sum1);
      sum2 = d2.fma(d2, sum2);
      sum3 = d3.fma(d3, sum3);
    }
    for (; i <= n - LANES; i += LANES) {
      FloatVector d = FloatVector.fromArray(SPECIES, x, xo + i).sub(centre);
      sum0 = d.fma(d, sum0);
    }
    float result = sumLanes(sum0.add(sum1).add(sum2.add(sum3)));
    for (; i < n; i++) {
      float d = x[xo + i] - centre;
      result += d * d;
    }
    return result;
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
      if (sums != null) {
        layerNormSums(gradY, go, x, xo, centre, inverse, sums, so, n);
      }
      if (gradX != null) {
        layerNormRow(gradY, go, x, xo, weight, wo, centre, inverse, gradX, gxo, n);
      }
    }
  }

  private static void layerNormSums(
      float[] gradY,
      int go,
      float[] x,
      int xo,
      float centre,
      float inverse,
      float[] sums,
      int so,
      int n) {
    int c = 0;
    for (; c <= n - LANES; c += LANES) {
      FloatVector g = FloatVector.fromArray(SPECIES, gradY, go + c);
      FloatVector normal = FloatVector.fromArray(SPECIES, x, xo + c).sub(centre).mul(inverse);
      g.fma(normal, FloatVector.fromArray(SPECIES, sums, so + c)).intoArray(sums, so + c);
      g.add(FloatVector.fromArray(SPECIES, sums, so + n + c)).intoArray(sums, so + n + c);
    }
    for (; c < n; c++) {
      sums[so + c] += gradY[go + c] * ((x[xo + c] - centre) * inverse);
      sums[so + n + c] += gradY[go + c];
    }
  }

  private static void layerNormRow(
      float[] gradY,
      int go,
      float[] x,
      int xo,
      float[] weight,
      int wo,
      float centre,
      float inverse,
      float[] gradX,
      int gxo,
      int n) {
    FloatVector sums = FloatVector.zero(SPECIES);
    FloatVector products = FloatVector.zero(SPECIES);
    int c = 0;
    for (; c <= n - LANES; c += LANES) {
      FloatVector g =
          FloatVector.fromArray(SPECIES, gradY, go + c)
              .mul(FloatVector.fromArray(SPECIES, weight, wo + c));
      sums = sums.add(g);
      products = g.fma(FloatVector.fromArray(SPECIES, x, xo + c).sub(centre), products);
    }
    float sum = sumLanes(sums);
    float product = sumLanes(products);
    for (; c < n; c++) {
      float g = gradY[go + c] * weight[wo + c];
      sum += g;
      product += g * (x[xo + c] - centre);
    }
    // gradX = inverse * (g - sum / n) - (x - centre) * slope
    float slope = product / n * inverse * inverse * inverse;
    float shift = -sum / n * inverse;
    for (c = 0; c <= n - LANES; c += LANES) {
      FloatVector g =
          FloatVector.fromArray(SPECIES, gradY, go + c)
              .mul(FloatVector.fromArray(SPECIES, weight, wo + c));
      FloatVector d = FloatVector.fromArray(SPECIES, x, xo + c).sub(centre);
      g.mul(inverse).add(shift).sub(d.mul(slope)).intoArray(gradX, gxo + c);
    }
    for (; c < n; c++) {
      float g = gradY[go + c] * weight[wo + c];
      gradX[gxo + c] = g * inverse + shift - (x[xo + c] - centre) * slope;
    }
  }
}
