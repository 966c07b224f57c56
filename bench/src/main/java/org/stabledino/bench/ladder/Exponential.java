package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The exponential function of a vector of numbers, in fifteen instructions.
 *
 * <p>With {@code x = n ln 2 + r}, n whole and |r| at most ln(2) / 2, {@code e^x = 2^n e^r}. The
 * series of e^r is exact to float's last bit after eight terms, since r is small, and to multiply
 * by 2^n is to add n to the bits of the exponent. No table, no branch: every lane does the same.
 */
final class Exponential {
  private static final float LOG2_E = 1.442695041f;

  /** ln 2 in two parts: n times the first is exact, so that no digits of r are lost. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;

  /** Below, the result would be no normal number; scores of -infinity end here as well. */
  private static final float LEAST = -87f;

  /**
   * 1.5 * 2^23: adding it leaves no place for digits after the point, and n in the low bits; what
   * stands above them does not outlast the shift to the exponent.
   */
  private static final float ROUNDER = 0x1.8p23f;

  private static final int MANTISSA_BITS = 23;

  private Exponential() {}

  /** {@code e^x} of every lane, for x up to 88; what is below -87 counts as -87. */
  static FloatVector of(FloatVector given) {
    FloatVector x = given.max(LEAST);
    FloatVector rounded =
        x.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), x);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector series = FloatVector.broadcast(SPECIES, 1f / 5040);
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f / 720));
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f / 120));
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f / 24));
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f / 6));
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f / 2));
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f));
    series = series.fma(r, FloatVector.broadcast(SPECIES, 1f));
    IntVector exponent = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS);
    return series.reinterpretAsInts().add(exponent).reinterpretAsFloats();
  }
}
