package org.stabledino.tensor.cpu;

import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/** Elementwise loops in plain Java, through double precision where a function is not exact. */
final class ScalarElementwise implements ElementwiseLoops {
  private static final double INVERSE_SQRT_2PI = 0.3989422804014327;

  /** The value of a function at one point, correctly rounded but for a rare last bit. */
  static float apply(Unary op, float x) {
    return switch (op) {
      case NEGATE -> -x;
      case ABS -> Math.abs(x);
      case EXP -> (float) Math.exp(x);
      case LOG -> (float) Math.log(x);
      case SQRT -> (float) Math.sqrt(x);
      case SQUARE -> x * x;
      case RECIPROCAL -> 1f / x;
      case SIGMOID -> (float) (1.0 / (1.0 + Math.exp(-x)));
      case RELU -> Math.max(x, 0f);
      case GELU -> (float) (x * ErrorFunction.normalCdf(x));
      case SIN -> (float) Math.sin(x);
      case COS -> (float) Math.cos(x);
    };
  }

  /** The derivative of a function at x, where its value is y. */
  static float derivative(Unary op, float x, float y) {
    return switch (op) {
      case NEGATE -> -1f;
      case ABS -> x > 0f ? 1f : x < 0f ? -1f : 0f;
      case EXP -> y;
      case LOG -> 1f / x;
      case SQRT -> 0.5f / y;
      case SQUARE -> 2f * x;
      case RECIPROCAL -> -y * y;
      case SIGMOID -> y * (1f - y);
      case RELU -> x > 0f ? 1f : 0f;
      case GELU ->
          (float)
              (ErrorFunction.normalCdf(x) + x * INVERSE_SQRT_2PI * Math.exp(-0.5 * x * (double) x));
      case SIN -> (float) Math.cos(x);
      case COS -> (float) -Math.sin(x);
    };
  }

  @Override
  public void unary(Unary op, float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = apply(op, x[xAt + i]);
    }
  }

  @Override
  public void unaryBackward(
      Unary op,
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = grad[gradAt + i] * derivative(op, x[xAt + i], y[yAt + i]);
    }
  }

  private static float apply(Binary op, float a, float b) {
    return switch (op) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case MINIMUM -> Math.min(a, b);
      case MAXIMUM -> Math.max(a, b);
    };
  }

  @Override
  public void binary(
      Binary op, float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = apply(op, a[aAt + i], b[bAt + i]);
    }
  }

  @Override
  public void binary(Binary op, float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = apply(op, a[aAt + i], b);
    }
  }

  @Override
  public void binary(Binary op, float a, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = apply(op, a, b[bAt + i]);
    }
  }

  @Override
  public void affine(float[] x, int xAt, float scale, float shift, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = x[xAt + i] * scale + shift;
    }
  }

  @Override
  public void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] += alpha * x[xAt + i];
    }
  }

  @Override
  public void clamp(float[] x, int xAt, float low, float high, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = Math.min(Math.max(x[xAt + i], low), high);
    }
  }

  @Override
  public void clampBackward(
      float[] x,
      int xAt,
      float low,
      float high,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xAt + i];
      out[outAt + i] = value >= low && value <= high ? grad[gradAt + i] : 0f;
    }
  }

  @Override
  public void addRelu(float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i++) {
      out[outAt + i] = Math.max(a[aAt + i] + b[bAt + i], 0f);
    }
  }

  @Override
  public void channelAffine(
      float[] x,
      int xAt,
      float[] scale,
      int scaleAt,
      float[] shift,
      int shiftAt,
      boolean relu,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i++) {
      float value = x[xAt + i] * scale[scaleAt + i] + shift[shiftAt + i];
      out[outAt + i] = relu ? Math.max(value, 0f) : value;
    }
  }

  @Override
  public void movingAverage(
      float[] average, int averageAt, float[] value, int valueAt, float decay, int n) {
    for (int i = 0; i < n; i++) {
      int at = averageAt + i;
      average[at] = average[at] * decay + (1f - decay) * value[valueAt + i];
    }
  }

  @Override
  public void adamW(
      AdamStep step,
      float[] parameter,
      int parameterAt,
      float[] gradient,
      int gradientAt,
      float[] first,
      int firstAt,
      float[] second,
      int secondAt,
      int n) {
    for (int i = 0; i < n; i++) {
      float g = gradient[gradientAt + i] * step.gradScale();
      float m = first[firstAt + i] * step.beta1() + (1f - step.beta1()) * g;
      float v = second[secondAt + i] * step.beta2() + (1f - step.beta2()) * g * g;
      first[firstAt + i] = m;
      second[secondAt + i] = v;
      float root = (float) Math.sqrt(v) * step.rootScale() + step.eps();
      parameter[parameterAt + i] =
          parameter[parameterAt + i] * step.keep() - step.rate() * m / root;
    }
  }
}
