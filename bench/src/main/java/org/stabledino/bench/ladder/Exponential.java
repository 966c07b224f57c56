package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The exponential function of a vector of numbers, in fifteen instructions.
 *
 * <p>With {@code x = n ln 2 + r}, n whole and |r| at most ln(2) / 2, {@code e^x = 2^n e^r}. The
 * series of e^r is exact to float's last bit after eight terms, since r is small, and 2^n is n in
 * the bits of an exponent. No table, no branch: every lane does the same.
 */
final class Exponential {
  private static final float LOG2_E = 1.442695041f;

  /** ln 2 in two parts: n times the first is exact, so that no digits of r are lost. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;

  /** Below, the result would be no normal number; scores of -infinity end here as well. */
  private static final float LEAST = -87f;

  /** 1.5 * 2^23: adding it leaves no place for digits after the point, and n in the low bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final int EXPONENT_BIAS = 127;
  private static final int MANTISSA_BITS = 23;

  private Exponential() {}

  /** {@code e^x} of every lane, for x up to 88; what is below -87 counts as -87. */
  static FloatVector of(FloatVector given) {
    FloatVector x = given.max(LEAST);
    FloatVector rounded = x.fma(constant(LOG2_E), constant(ROUNDER));
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector r = n.fma(constant(-LN2_LOW), n.fma(constant(-LN2_HIGH), x));
    FloatVector series = constant(1f / 5040);
    series = series.fma(r, constant(1f / 720));
    series = series.fma(r, constant(1f / 120));
    series = series.fma(r, constant(1f / 24));
    series = series.fma(r, constant(1f / 6));
    series = series.fma(r, constant(1f / 2));
    series = series.fma(r, constant(1f));
    series = series.fma(r, constant(1f));
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .sub(Float.floatToRawIntBits(ROUNDER) - EXPONENT_BIAS)
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .reinterpretAsFloats();
    return series.mul(power);
  }

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
