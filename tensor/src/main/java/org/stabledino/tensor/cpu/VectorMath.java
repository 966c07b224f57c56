package org.stabledino.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transcendental functions of float vectors; polynomials are least-maximum fits of their own.
 *
 * <p>Errors: exp and log about one unit in the last place; normalCdf 1e-7 absolute.
 */
final class VectorMath {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;

  /** Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504f;
  private static final float SQRT_HALF = 0.70710678f;

  /** ln 2 in two parts; the first has trailing zeros, so that its multiples are exact. */
  private static final float LN2_HIGH = 0x1.62e4p-1f;

  private static final float LN2_LOW = 1.42860677e-6f;

  private VectorMath() {}

  /** {@code e^x}, with gradual underflow, overflow to infinity and NaN kept. */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(-104f).min(89f);
    FloatVector rounded = clamped.mul(LOG2_E).add(ROUNDER);
    FloatVector n = rounded.sub(ROUNDER);
    // r = x - n ln 2, at most ln(2) / 2 in magnitude.
    FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(S, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(S, 1.3941121e-3f);
    p = p.fma(r, FloatVector.broadcast(S, 8.3631798e-3f));
    p = p.fma(r, FloatVector.broadcast(S, 4.16663752e-2f));
    p = p.fma(r, FloatVector.broadcast(S, 1.666657698e-1f));
    p = p.fma(r, FloatVector.broadcast(S, 0.5f));
    p = p.mul(r).fma(r, r).add(1f);
    // 2^n as the product of two powers: n = 128 and n = -150 have no single one.
    IntVector exponent = rounded.reinterpretAsInts().sub(Float.floatToRawIntBits(ROUNDER));
    IntVector half = exponent.lanewise(ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector exponent) {
    return exponent.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
  }

  /** Natural logarithm: -infinity at 0, NaN below. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> tiny = x.compare(LT, Float.MIN_NORMAL);
    FloatVector normal = x.blend(x.mul(0x1p23f), tiny);
    // x = 2^e * m with m from sqrt(1/2) to sqrt(2): subtracting the bits of sqrt(1/2) carries.
    IntVector bits = normal.reinterpretAsInts();
    IntVector e = bits.sub(Float.floatToRawIntBits(SQRT_HALF)).lanewise(ASHR, 23);
    FloatVector f = bits.sub(e.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1f);
    FloatVector exponent = (FloatVector) e.convert(I2F, 0);
    exponent = exponent.sub(FloatVector.zero(S).blend(23f, tiny));
    FloatVector p = FloatVector.broadcast(S, 7.33245953e-2f);
    p = p.fma(f, FloatVector.broadcast(S, -1.165989744e-1f));
    p = p.fma(f, FloatVector.broadcast(S, 1.16346737e-1f));
    p = p.fma(f, FloatVector.broadcast(S, -1.239670563e-1f));
    p = p.fma(f, FloatVector.broadcast(S, 1.425115504e-1f));
    p = p.fma(f, FloatVector.broadcast(S, -1.666915076e-1f));
    p = p.fma(f, FloatVector.broadcast(S, 2.00006881e-1f));
    p = p.fma(f, FloatVector.broadcast(S, -2.499998119e-1f));
    p = p.fma(f, FloatVector.broadcast(S, 3.333333126e-1f));
    FloatVector square = f.mul(f);
    FloatVector tail = p.mul(f).mul(square);
    tail = exponent.fma(FloatVector.broadcast(S, LN2_LOW), tail);
    tail = square.fma(FloatVector.broadcast(S, -0.5f), tail);
    FloatVector result = exponent.fma(FloatVector.broadcast(S, LN2_HIGH), tail.add(f));
    result = result.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0f));
    result = result.blend(Float.NaN, x.compare(LT, 0f));
    VectorMask<Float> same = x.compare(EQ, Float.POSITIVE_INFINITY);
    return result.blend(x, same.or(x.compare(EQ, x).not()));
  }

  /** {@code 1 / (1 + e^-x)}. */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    return one.div(exp(x.neg()).add(one));
  }

  /** The normal distribution function {@code (1 + erf(x / sqrt(2))) / 2}. */
  static FloatVector normalCdf(FloatVector x) {
    FloatVector z = x.mul(SQRT_HALF);
    FloatVector t = z.abs();
    VectorMask<Float> far = t.compare(GT, 1f);
    FloatVector half = FloatVector.broadcast(S, 0.5f);
    FloatVector near = erfNear(z).fma(half, half);
    if (!far.anyTrue()) {
      return near;
    }
    FloatVector tail = erfcFar(t).mul(0.5f);
    FloatVector one = FloatVector.broadcast(S, 1f);
    return near.blend(tail.blend(one.sub(tail), z.compare(GT, 0f)), far);
  }

  /** {@code erf(z) = z P(z^2)} for z from -1 to 1. */
  private static FloatVector erfNear(FloatVector z) {
    FloatVector s = z.mul(z);
    FloatVector p = FloatVector.broadcast(S, 7.8891228e-5f);
    p = p.fma(s, FloatVector.broadcast(S, -8.02084226e-4f));
    p = p.fma(s, FloatVector.broadcast(S, 5.18953545e-3f));
    p = p.fma(s, FloatVector.broadcast(S, -2.685444465e-2f));
    p = p.fma(s, FloatVector.broadcast(S, 1.128360018e-1f));
    p = p.fma(s, FloatVector.broadcast(S, -3.761262714e-1f));
    p = p.fma(s, FloatVector.broadcast(S, 1.1283791659f));
    return p.mul(z);
  }

  /** {@code erfc(t) = e^P(t)} for t from 1, fitted up to 4; beyond, P falls on its own. */
  private static FloatVector erfcFar(FloatVector magnitude) {
    FloatVector t = magnitude.min(20f);
    FloatVector p = FloatVector.broadcast(S, -2.1496046094e-5f);
    p = p.fma(t, FloatVector.broadcast(S, 4.3910563155e-4f));
    p = p.fma(t, FloatVector.broadcast(S, -4.193607675e-3f));
    p = p.fma(t, FloatVector.broadcast(S, 2.5178959269e-2f));
    p = p.fma(t, FloatVector.broadcast(S, -1.0837246605e-1f));
    p = p.fma(t, FloatVector.broadcast(S, -6.3326262303e-1f));
    p = p.fma(t, FloatVector.broadcast(S, -1.1295568253f));
    p = p.fma(t, FloatVector.broadcast(S, 1.8344313634e-4f));
    return exp(p);
  }

  /** The normal density {@code e^(-x^2 / 2) / sqrt(2 pi)}. */
  static FloatVector normalDensity(FloatVector x) {
    return exp(x.mul(x).mul(-0.5f)).mul(0.39894228f);
  }
}
