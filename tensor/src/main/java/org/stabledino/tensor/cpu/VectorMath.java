package org.stabledino.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
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
 * <p>Errors: exp and log about one unit in the last place; tails of the normal distribution 1.2e-7.
 */
final class VectorMath {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;

  /** Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504f;
  private static final float SQRT_HALF = 0.70710678f;

  /** Where {@link #bell} is as good as 0, but not yet denormal. */
  static final float FAR = 13f;

  /** {@code 1 / sqrt(2 pi)}. */
  static final float DENSITY = 0.39894228f;

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

  /**
   * {@code e^x} for x from -87 to 88, within 2 units in the last place; anything beyond.
   *
   * <p>{@code e^x = 2^n e^r} with n the integer nearest to {@code x / ln 2}, which is added to the
   * exponent as it stands in the low bits of the rounded sum.
   */
  static FloatVector expOfNormal(FloatVector x) {
    FloatVector rounded =
        x.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUNDER));
    FloatVector n = rounded.sub(ROUNDER);
    // ln 2 in two parts, so that r is exact
    FloatVector r = n.fma(FloatVector.broadcast(S, -0.693359375f), x);
    r = n.fma(FloatVector.broadcast(S, 2.12194440e-4f), r);
    FloatVector p = FloatVector.broadcast(S, 1.9875691500e-4f);
    p = p.fma(r, FloatVector.broadcast(S, 1.3981999507e-3f));
    p = p.fma(r, FloatVector.broadcast(S, 8.3334519073e-3f));
    p = p.fma(r, FloatVector.broadcast(S, 4.1665795894e-2f));
    p = p.fma(r, FloatVector.broadcast(S, 1.6666665459e-1f));
    p = p.fma(r, FloatVector.broadcast(S, 5.0000001201e-1f));
    p = p.mul(r).fma(r, r.add(1f));
    return p.reinterpretAsInts()
        .add(rounded.reinterpretAsInts().lanewise(LSHL, 23))
        .reinterpretAsFloats();
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

  /**
   * {@code e^(-t^2 / 2)} for t from 0 to {@link #FAR}; times {@link #tailShare} the normal
   * distribution's tail, over sqrt(2 pi) its density.
   */
  static FloatVector bell(FloatVector t) {
    return expOfNormal(t.mul(t).mul(-0.5f));
  }

  /**
   * The normal distribution function of -t over {@link #bell}: falling slowly from 1/2, a
   * polynomial of {@code 1 / (1 + 0.3 t)}, fitted to 6e-8 of its value up to 14. One exponential
   * serves small and large t, and the density as well.
   */
  static FloatVector tailShare(FloatVector t) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    FloatVector w = one.div(t.fma(FloatVector.broadcast(S, 0.3f), one));
    FloatVector p = FloatVector.broadcast(S, 3.6921002e-2f);
    p = p.fma(w, FloatVector.broadcast(S, -1.623084694e-1f));
    p = p.fma(w, FloatVector.broadcast(S, 2.149727196e-1f));
    p = p.fma(w, FloatVector.broadcast(S, -6.14205077e-2f));
    p = p.fma(w, FloatVector.broadcast(S, 1.32528767e-1f));
    p = p.fma(w, FloatVector.broadcast(S, 9.87578183e-2f));
    p = p.fma(w, FloatVector.broadcast(S, 1.209301725e-1f));
    p = p.fma(w, FloatVector.broadcast(S, 1.196184754e-1f));
    return p.mul(w);
  }
}
