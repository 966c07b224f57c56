package org.stabledino.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/**
 * Elementwise loops with the Vector API.
 *
 * <p>Each function has a loop in a method of its own: C2 compiles a vector operation well only
 * where it can read it off the code, and in one large method it stops inlining halfway and boxes
 * the vectors of the later loops, which then take ten times as long. What does not fill the last
 * vector goes, where rounding could differ, through the same loop in a padded copy.
 */
final class VectorElementwise implements ElementwiseLoops {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;

  private final ScalarElementwise scalar = new ScalarElementwise();

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(S, x, at);
  }

  private static float[] padded(float[] x, int at, int n) {
    float[] copy = new float[LANES];
    System.arraycopy(x, at, copy, 0, n);
    return copy;
  }

  @Override
  public void unary(Unary op, float[] x, int xAt, float[] out, int outAt, int n) {
    if (op == Unary.SIN || op == Unary.COS) {
      scalar.unary(op, x, xAt, out, outAt, n);
      return;
    }
    int whole = S.loopBound(n);
    VectorFunctions.apply(op, x, xAt, out, outAt, whole);
    if (whole < n) {
      float[] tail = padded(x, xAt + whole, n - whole);
      VectorFunctions.apply(op, tail, 0, tail, 0, LANES);
      System.arraycopy(tail, 0, out, outAt + whole, n - whole);
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
    if (op == Unary.SIN || op == Unary.COS) {
      scalar.unaryBackward(op, x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      return;
    }
    int whole = S.loopBound(n);
    VectorFunctions.gradient(op, x, xAt, y, yAt, grad, gradAt, out, outAt, whole);
    if (whole < n) {
      int left = n - whole;
      float[] tail = padded(grad, gradAt + whole, left);
      VectorFunctions.gradient(
          op,
          padded(x, xAt + whole, left),
          0,
          padded(y, yAt + whole, left),
          0,
          tail,
          0,
          tail,
          0,
          LANES);
      System.arraycopy(tail, 0, out, outAt + whole, left);
    }
  }

  @Override
  public void binary(
      Binary op, float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    int whole = S.loopBound(n);
    switch (op) {
      case ADD -> add(a, aAt, b, bAt, out, outAt, whole);
      case SUBTRACT -> subtract(a, aAt, b, bAt, out, outAt, whole);
      case MULTIPLY -> multiply(a, aAt, b, bAt, out, outAt, whole);
      case DIVIDE -> divide(a, aAt, b, bAt, out, outAt, whole);
      case MINIMUM -> minimum(a, aAt, b, bAt, out, outAt, whole);
      case MAXIMUM -> maximum(a, aAt, b, bAt, out, outAt, whole);
    }
    scalar.binary(op, a, aAt + whole, b, bAt + whole, out, outAt + whole, n - whole);
  }

  @Override
  public void binary(Binary op, float[] a, int aAt, float b, float[] out, int outAt, int n) {
    int whole = S.loopBound(n);
    switch (op) {
      case ADD -> add(a, aAt, b, out, outAt, whole);
      case SUBTRACT -> subtract(a, aAt, b, out, outAt, whole);
      case MULTIPLY -> multiply(a, aAt, b, out, outAt, whole);
      case DIVIDE -> divide(a, aAt, b, out, outAt, whole);
      case MINIMUM -> minimum(a, aAt, b, out, outAt, whole);
      case MAXIMUM -> maximum(a, aAt, b, out, outAt, whole);
    }
    scalar.binary(op, a, aAt + whole, b, out, outAt + whole, n - whole);
  }

  @Override
  public void binary(Binary op, float a, float[] b, int bAt, float[] out, int outAt, int n) {
    int whole = S.loopBound(n);
    switch (op) {
      case ADD -> add(a, b, bAt, out, outAt, whole);
      case SUBTRACT -> subtract(a, b, bAt, out, outAt, whole);
      case MULTIPLY -> multiply(a, b, bAt, out, outAt, whole);
      case DIVIDE -> divide(a, b, bAt, out, outAt, whole);
      case MINIMUM -> minimum(a, b, bAt, out, outAt, whole);
      case MAXIMUM -> maximum(a, b, bAt, out, outAt, whole);
    }
    scalar.binary(op, a, b, bAt + whole, out, outAt + whole, n - whole);
  }

  @Override
  public void affine(float[] x, int xAt, float scale, float shift, float[] out, int outAt, int n) {
    int whole = S.loopBound(n);
    FloatVector summand = FloatVector.broadcast(S, shift);
    for (int i = 0; i < whole; i += LANES) {
      load(x, xAt + i).mul(scale).add(summand).intoArray(out, outAt + i);
    }
    scalar.affine(x, xAt + whole, scale, shift, out, outAt + whole, n - whole);
  }

  @Override
  public void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n) {
    int whole = S.loopBound(n);
    for (int i = 0; i < whole; i += LANES) {
      load(x, xAt + i).mul(alpha).add(load(y, yAt + i)).intoArray(y, yAt + i);
    }
    scalar.axpy(alpha, x, xAt + whole, y, yAt + whole, n - whole);
  }

  @Override
  public void clamp(float[] x, int xAt, float low, float high, float[] out, int outAt, int n) {
    int whole = S.loopBound(n);
    for (int i = 0; i < whole; i += LANES) {
      load(x, xAt + i).max(low).min(high).intoArray(out, outAt + i);
    }
    scalar.clamp(x, xAt + whole, low, high, out, outAt + whole, n - whole);
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
    int whole = S.loopBound(n);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector v = load(x, xAt + i);
      FloatVector.zero(S)
          .blend(load(grad, gradAt + i), v.compare(GE, low).and(v.compare(LE, high)))
          .intoArray(out, outAt + i);
    }
    scalar.clampBackward(
        x, xAt + whole, low, high, grad, gradAt + whole, out, outAt + whole, n - whole);
  }

  @Override
  public void addRelu(float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    int whole = S.loopBound(n);
    for (int i = 0; i < whole; i += LANES) {
      load(a, aAt + i).add(load(b, bAt + i)).max(0f).intoArray(out, outAt + i);
    }
    scalar.addRelu(a, aAt + whole, b, bAt + whole, out, outAt + whole, n - whole);
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
    int whole = S.loopBound(n);
    // -infinity as the lower bound changes nothing, so that one loop serves both.
    float floor = relu ? 0f : Float.NEGATIVE_INFINITY;
    for (int i = 0; i < whole; i += LANES) {
      load(x, xAt + i)
          .mul(load(scale, scaleAt + i))
          .add(load(shift, shiftAt + i))
          .max(floor)
          .intoArray(out, outAt + i);
    }
    scalar.channelAffine(
        x,
        xAt + whole,
        scale,
        scaleAt + whole,
        shift,
        shiftAt + whole,
        relu,
        out,
        outAt + whole,
        n - whole);
  }

  @Override
  public void movingAverage(
      float[] average, int averageAt, float[] value, int valueAt, float decay, int n) {
    int whole = S.loopBound(n);
    for (int i = 0; i < whole; i += LANES) {
      load(average, averageAt + i)
          .mul(decay)
          .add(load(value, valueAt + i).mul(1f - decay))
          .intoArray(average, averageAt + i);
    }
    scalar.movingAverage(average, averageAt + whole, value, valueAt + whole, decay, n - whole);
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
    int whole = S.loopBound(n);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector g = load(gradient, gradientAt + i).mul(step.gradScale());
      FloatVector m = load(first, firstAt + i).mul(step.beta1()).add(g.mul(1f - step.beta1()));
      FloatVector v =
          load(second, secondAt + i).mul(step.beta2()).add(g.mul(1f - step.beta2()).mul(g));
      m.intoArray(first, firstAt + i);
      v.intoArray(second, secondAt + i);
      FloatVector root = v.sqrt().mul(step.rootScale()).add(step.eps());
      load(parameter, parameterAt + i)
          .mul(step.keep())
          .sub(m.mul(step.rate()).div(root))
          .intoArray(parameter, parameterAt + i);
    }
    scalar.adamW(
        step,
        parameter,
        parameterAt + whole,
        gradient,
        gradientAt + whole,
        first,
        firstAt + whole,
        second,
        secondAt + whole,
        n - whole);
  }

  private static void add(float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).add(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void subtract(
      float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).sub(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void multiply(
      float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).mul(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void divide(
      float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).div(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void minimum(
      float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).min(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void maximum(
      float[] a, int aAt, float[] b, int bAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).max(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void add(float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).add(b).intoArray(out, outAt + i);
    }
  }

  private static void subtract(float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).sub(b).intoArray(out, outAt + i);
    }
  }

  private static void multiply(float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).mul(b).intoArray(out, outAt + i);
    }
  }

  private static void divide(float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).div(b).intoArray(out, outAt + i);
    }
  }

  private static void minimum(float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).min(b).intoArray(out, outAt + i);
    }
  }

  private static void maximum(float[] a, int aAt, float b, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(a, aAt + i).max(b).intoArray(out, outAt + i);
    }
  }

  private static void add(float a, float[] b, int bAt, float[] out, int outAt, int n) {
    FloatVector left = FloatVector.broadcast(S, a);
    for (int i = 0; i < n; i += LANES) {
      left.add(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void subtract(float a, float[] b, int bAt, float[] out, int outAt, int n) {
    FloatVector left = FloatVector.broadcast(S, a);
    for (int i = 0; i < n; i += LANES) {
      left.sub(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void multiply(float a, float[] b, int bAt, float[] out, int outAt, int n) {
    FloatVector left = FloatVector.broadcast(S, a);
    for (int i = 0; i < n; i += LANES) {
      left.mul(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void divide(float a, float[] b, int bAt, float[] out, int outAt, int n) {
    FloatVector left = FloatVector.broadcast(S, a);
    for (int i = 0; i < n; i += LANES) {
      left.div(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void minimum(float a, float[] b, int bAt, float[] out, int outAt, int n) {
    FloatVector left = FloatVector.broadcast(S, a);
    for (int i = 0; i < n; i += LANES) {
      left.min(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void maximum(float a, float[] b, int bAt, float[] out, int outAt, int n) {
    FloatVector left = FloatVector.broadcast(S, a);
    for (int i = 0; i < n; i += LANES) {
      left.max(load(b, bAt + i)).intoArray(out, outAt + i);
    }
  }
}
