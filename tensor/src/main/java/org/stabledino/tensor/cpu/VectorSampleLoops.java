package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link SampleLoops} with the Vector API: coordinates are located many at a time, and up to four
 * vectors of a head stay in registers while its points pass.
 */
final class VectorSampleLoops implements SampleLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
  private static final int LANES = VectorWidth.LANES;

  /** Adding and subtracting 1.5 * 2^23 rounds; the sum's low bits are the integer. */
  private static final float ROUNDER = 0x1.8p23f;

  @Override
  public void locate(float[] locations, int at, Samples s) {
    FloatVector zero = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i <= s.count - LANES; i += LANES) {
      FloatVector extent = FloatVector.fromArray(SPECIES, s.extents, i);
      FloatVector last = extent.sub(1f);
      FloatVector position =
          FloatVector.fromArray(SPECIES, locations, at + i).mul(extent).sub(0.5f);
      // outside by more than a cell, or NaN
      VectorMask<Float> known = position.compare(VectorOperators.GE, -2f);
      position = FloatVector.broadcast(SPECIES, -2f).blend(position, known);
      FloatVector beyond = extent.add(1f);
      position = position.blend(beyond, position.compare(VectorOperators.GT, beyond));
      FloatVector floor = position.add(ROUNDER).sub(ROUNDER);
      floor = floor.blend(floor.sub(1f), floor.compare(VectorOperators.GT, position));
      FloatVector fraction = position.sub(floor);
      FloatVector next = floor.add(1f);
      VectorMask<Float> hasLow =
          floor.compare(VectorOperators.GE, zero).and(floor.compare(VectorOperators.LE, last));
      VectorMask<Float> hasHigh =
          next.compare(VectorOperators.GE, zero).and(next.compare(VectorOperators.LE, last));
      zero.blend(next.sub(position), hasLow).intoArray(s.lowWeight, i);
      zero.blend(fraction, hasHigh).intoArray(s.highWeight, i);
      zero.blend(extent.neg(), hasLow).intoArray(s.lowSlope, i);
      zero.blend(extent, hasHigh).intoArray(s.highSlope, i);
      IntVector steps = IntVector.fromArray(INTS, s.steps, i);
      cell(floor, last).mul(steps).intoArray(s.low, i);
      cell(next, last).mul(steps).intoArray(s.high, i);
    }
    ScalarSampleLoops.locate(locations, at, s, i);
  }

  /** A whole number, moved into 0 to last, as an integer. */
  private static IntVector cell(FloatVector number, FloatVector last) {
    FloatVector inside = number.blend(0f, number.compare(VectorOperators.LT, 0f));
    inside = inside.blend(last, inside.compare(VectorOperators.GT, last));
    return inside.add(ROUNDER).reinterpretAsInts().sub(Float.floatToRawIntBits(ROUNDER));
  }

  @Override
  public void sum(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] out,
      int outAt) {
    int c = 0;
    for (; c <= d - 2 * LANES; c += 2 * LANES) {
      sumTwo(s, head, value, at + c, shares, sharesAt, out, outAt + c);
    }
    for (; c <= d - LANES; c += LANES) {
      sumOne(s, head, value, at + c, shares, sharesAt, out, outAt + c);
    }
    if (c < d) {
      sumPart(s, head, value, at + c, shares, sharesAt, d - c, out, outAt + c);
    }
  }

  private static void sumTwo(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      float[] out,
      int outAt) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    for (int point = 0; point < points; point++, x += 2) {
      float share = shares[sharesAt + point];
      float upper = share * s.lowWeight[x + 1];
      float lower = share * s.highWeight[x + 1];
      float left = s.lowWeight[x];
      float right = s.highWeight[x];
      int top = at + s.levelStarts[point] + s.low[x + 1];
      int bottom = at + s.levelStarts[point] + s.high[x + 1];
      int i = top + s.low[x];
      FloatVector weight = FloatVector.broadcast(SPECIES, upper * left);
      sum0 = weight.fma(FloatVector.fromArray(SPECIES, value, i), sum0);
      sum1 = weight.fma(FloatVector.fromArray(SPECIES, value, i + LANES), sum1);
      i = top + s.high[x];
      weight = FloatVector.broadcast(SPECIES, upper * right);
      sum2 = weight.fma(FloatVector.fromArray(SPECIES, value, i), sum2);
      sum3 = weight.fma(FloatVector.fromArray(SPECIES, value, i + LANES), sum3);
      i = bottom + s.low[x];
      weight = FloatVector.broadcast(SPECIES, lower * left);
      sum0 = weight.fma(FloatVector.fromArray(SPECIES, value, i), sum0);
      sum1 = weight.fma(FloatVector.fromArray(SPECIES, value, i + LANES), sum1);
      i = bottom + s.high[x];
      weight = FloatVector.broadcast(SPECIES, lower * right);
      sum2 = weight.fma(FloatVector.fromArray(SPECIES, value, i), sum2);
      sum3 = weight.fma(FloatVector.fromArray(SPECIES, value, i + LANES), sum3);
    }
    sum0.add(sum2).intoArray(out, outAt);
    sum1.add(sum3).intoArray(out, outAt + LANES);
  }

  private static void sumOne(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      float[] out,
      int outAt) {
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = even;
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    for (int point = 0; point < points; point++, x += 2) {
      float share = shares[sharesAt + point];
      float upper = share * s.lowWeight[x + 1];
      float lower = share * s.highWeight[x + 1];
      float left = s.lowWeight[x];
      float right = s.highWeight[x];
      int top = at + s.levelStarts[point] + s.low[x + 1];
      int bottom = at + s.levelStarts[point] + s.high[x + 1];
      even =
          FloatVector.fromArray(SPECIES, value, top + s.low[x])
              .fma(FloatVector.broadcast(SPECIES, upper * left), even);
      odd =
          FloatVector.fromArray(SPECIES, value, top + s.high[x])
              .fma(FloatVector.broadcast(SPECIES, upper * right), odd);
      even =
          FloatVector.fromArray(SPECIES, value, bottom + s.low[x])
              .fma(FloatVector.broadcast(SPECIES, lower * left), even);
      odd =
          FloatVector.fromArray(SPECIES, value, bottom + s.high[x])
              .fma(FloatVector.broadcast(SPECIES, lower * right), odd);
    }
    even.add(odd).intoArray(out, outAt);
  }

  /** The last channels of a head, fewer than a vector. */
  private static void sumPart(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] out,
      int outAt) {
    VectorMask<Float> part = SPECIES.indexInRange(0, d);
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = even;
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    for (int point = 0; point < points; point++, x += 2) {
      float share = shares[sharesAt + point];
      float upper = share * s.lowWeight[x + 1];
      float lower = share * s.highWeight[x + 1];
      float left = s.lowWeight[x];
      float right = s.highWeight[x];
      int top = at + s.levelStarts[point] + s.low[x + 1];
      int bottom = at + s.levelStarts[point] + s.high[x + 1];
      even =
          FloatVector.fromArray(SPECIES, value, top + s.low[x], part)
              .fma(FloatVector.broadcast(SPECIES, upper * left), even);
      odd =
          FloatVector.fromArray(SPECIES, value, top + s.high[x], part)
              .fma(FloatVector.broadcast(SPECIES, upper * right), odd);
      even =
          FloatVector.fromArray(SPECIES, value, bottom + s.low[x], part)
              .fma(FloatVector.broadcast(SPECIES, lower * left), even);
      odd =
          FloatVector.fromArray(SPECIES, value, bottom + s.high[x], part)
              .fma(FloatVector.broadcast(SPECIES, lower * right), odd);
    }
    even.add(odd).intoArray(out, outAt, part);
  }

  @Override
  public void gradients(
      Samples s,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] g,
      int gAt,
      float[] gradValue,
      int gradAt,
      float[] gradShares,
      int gradSharesAt,
      float[] gradLocations,
      int gradLocationsAt) {
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    for (int point = 0; point < points; point++, x += 2) {
      int y = x + 1;
      int top = s.levelStarts[point] + s.low[y];
      int bottom = s.levelStarts[point] + s.high[y];
      float share = shares[sharesAt + point];
      if (gradValue != null) {
        float upper = share * s.lowWeight[y];
        float lower = share * s.highWeight[y];
        // one after the other: at the border two corners are the same
        add(g, gAt, upper * s.lowWeight[x], d, gradValue, gradAt + top + s.low[x]);
        add(g, gAt, upper * s.highWeight[x], d, gradValue, gradAt + top + s.high[x]);
        add(g, gAt, lower * s.lowWeight[x], d, gradValue, gradAt + bottom + s.low[x]);
        add(g, gAt, lower * s.highWeight[x], d, gradValue, gradAt + bottom + s.high[x]);
      }
      ScalarSampleLoops.store(
          s,
          x,
          share,
          dot(value, at + top + s.low[x], g, gAt, d),
          dot(value, at + top + s.high[x], g, gAt, d),
          dot(value, at + bottom + s.low[x], g, gAt, d),
          dot(value, at + bottom + s.high[x], g, gAt, d),
          gradShares,
          gradSharesAt + point,
          gradLocations,
          gradLocationsAt + 2 * point);
    }
  }

  private static void add(float[] x, int xAt, float weight, int d, float[] out, int outAt) {
    FloatVector factor = FloatVector.broadcast(SPECIES, weight);
    int c = 0;
    for (; c <= d - LANES; c += LANES) {
      FloatVector.fromArray(SPECIES, x, xAt + c)
          .fma(factor, FloatVector.fromArray(SPECIES, out, outAt + c))
          .intoArray(out, outAt + c);
    }
    if (c < d) {
      VectorMask<Float> part = SPECIES.indexInRange(c, d);
      FloatVector.fromArray(SPECIES, x, xAt + c, part)
          .fma(factor, FloatVector.fromArray(SPECIES, out, outAt + c, part))
          .intoArray(out, outAt + c, part);
    }
  }

  private static float dot(float[] a, int aAt, float[] b, int bAt, int d) {
    if (d == LANES) {
      return FloatVector.fromArray(SPECIES, a, aAt)
          .mul(FloatVector.fromArray(SPECIES, b, bAt))
          .reduceLanes(VectorOperators.ADD);
    }
    FloatVector sum = FloatVector.zero(SPECIES);
    int c = 0;
    for (; c <= d - LANES; c += LANES) {
      sum =
          FloatVector.fromArray(SPECIES, a, aAt + c)
              .fma(FloatVector.fromArray(SPECIES, b, bAt + c), sum);
    }
    if (c < d) {
      VectorMask<Float> part = SPECIES.indexInRange(c, d);
      sum =
          FloatVector.fromArray(SPECIES, a, aAt + c, part)
              .fma(FloatVector.fromArray(SPECIES, b, bAt + c, part), sum);
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }
}
