package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link SampleLoops} with the Vector API: coordinates are located many at a time, and up to four
 * vectors of a head stay in registers while its points pass.
 */
final class VectorSampleLoops implements SampleLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
  private static final int LANES = VectorWidth.LANES;

  /** Lanes whose index has a bit set, and the exchange of lanes that differ in it. */
  private static final VectorMask<Float> ODD_1 = odd(1);

  private static final VectorMask<Float> ODD_2 = odd(2);
  private static final VectorMask<Float> ODD_4 = odd(4);
  private static final VectorMask<Float> ODD_8 = odd(8);
  private static final VectorShuffle<Float> SWAP_1 = swapped(1);
  private static final VectorShuffle<Float> SWAP_2 = swapped(2);
  private static final VectorShuffle<Float> SWAP_4 = swapped(4);
  private static final VectorShuffle<Float> SWAP_8 = swapped(8);

  /** Adding and subtracting 1.5 * 2^23 rounds; the sum's low bits are the integer. */
  private static final float ROUNDER = 0x1.8p23f;

  @Override
  public int lanes() {
    return LANES;
  }

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
    int whole = d - d % LANES;
    if (gradValue != null) {
      for (int c = 0; c < whole; c += LANES) {
        scatter(s, head, shares, sharesAt, g, gAt + c, gradValue, gradAt + c);
      }
      if (whole < d) {
        scatterPart(
            s, head, shares, sharesAt, d - whole, g, gAt + whole, gradValue, gradAt + whole);
      }
    }
    if (gradShares != null || gradLocations != null) {
      for (int c = 0; c < d; c += LANES) {
        multiply(s, head, value, at + c, Math.min(LANES, d - c), g, gAt + c, c > 0);
      }
      sumLanes(s.partials);
      ScalarSampleLoops.store(
          s, head, shares, sharesAt, gradShares, gradSharesAt, gradLocations, gradLocationsAt);
    }
  }

  /**
   * Turns vectors into the sums of their lanes, all at once: two vectors become one with half as
   * many summands of each, until the sum of vector i is element i.
   */
  private static void sumLanes(float[] partials) {
    int n = fold(partials, partials.length, ODD_1, SWAP_1);
    n = fold(partials, n, ODD_2, SWAP_2);
    if (LANES > 4) {
      n = fold(partials, n, ODD_4, SWAP_4);
    }
    if (LANES > 8) {
      fold(partials, n, ODD_8, SWAP_8);
    }
  }

  private static int fold(float[] x, int n, VectorMask<Float> odd, VectorShuffle<Float> swapped) {
    for (int i = 0; i < n; i += 2 * LANES) {
      FloatVector first = FloatVector.fromArray(SPECIES, x, i);
      FloatVector second = FloatVector.fromArray(SPECIES, x, i + LANES);
      first.blend(second, odd).add(second.blend(first, odd).rearrange(swapped)).intoArray(x, i / 2);
    }
    return n / 2;
  }

  private static VectorMask<Float> odd(int width) {
    boolean[] lanes = new boolean[LANES];
    for (int i = 0; i < LANES; i++) {
      lanes[i] = (i & width) != 0;
    }
    return VectorMask.fromArray(SPECIES, lanes, 0);
  }

  private static VectorShuffle<Float> swapped(int width) {
    return VectorShuffle.fromOp(SPECIES, i -> (i ^ width) % LANES);
  }

  /** Products of the corners' values and g, lane by lane, for at most a vector of channels. */
  private static void multiply(
      Samples s, int head, float[] value, int at, int d, float[] g, int gAt, boolean accumulate) {
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    int to = 0;
    if (d < LANES) {
      VectorMask<Float> part = SPECIES.indexInRange(0, d);
      FloatVector gradient = FloatVector.fromArray(SPECIES, g, gAt, part);
      for (int corner = 0; corner < 4 * points; corner++, to += LANES) {
        int i = x + corner / 4 * 2;
        int from =
            at
                + s.levelStarts[corner / 4]
                + ((corner & 2) == 0 ? s.low[i + 1] : s.high[i + 1])
                + ((corner & 1) == 0 ? s.low[i] : s.high[i]);
        put(
            FloatVector.fromArray(SPECIES, value, from, part).mul(gradient),
            s.partials,
            to,
            accumulate);
      }
      return;
    }
    FloatVector gradient = FloatVector.fromArray(SPECIES, g, gAt);
    for (int point = 0; point < points; point++, x += 2, to += 4 * LANES) {
      int top = at + s.levelStarts[point] + s.low[x + 1];
      int bottom = at + s.levelStarts[point] + s.high[x + 1];
      int left = s.low[x];
      int right = s.high[x];
      FloatVector topLeft = FloatVector.fromArray(SPECIES, value, top + left);
      FloatVector topRight = FloatVector.fromArray(SPECIES, value, top + right);
      FloatVector bottomLeft = FloatVector.fromArray(SPECIES, value, bottom + left);
      FloatVector bottomRight = FloatVector.fromArray(SPECIES, value, bottom + right);
      put(topLeft.mul(gradient), s.partials, to, accumulate);
      put(topRight.mul(gradient), s.partials, to + LANES, accumulate);
      put(bottomLeft.mul(gradient), s.partials, to + 2 * LANES, accumulate);
      put(bottomRight.mul(gradient), s.partials, to + 3 * LANES, accumulate);
    }
  }

  private static void put(FloatVector product, float[] partials, int to, boolean accumulate) {
    if (accumulate) {
      product = product.add(FloatVector.fromArray(SPECIES, partials, to));
    }
    product.intoArray(partials, to);
  }

  /** Adds the gradients of a vector of channels to the corners of all points. */
  private static void scatter(
      Samples s,
      int head,
      float[] shares,
      int sharesAt,
      float[] g,
      int gAt,
      float[] gradValue,
      int gradAt) {
    FloatVector gradient = FloatVector.fromArray(SPECIES, g, gAt);
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    for (int point = 0; point < points; point++, x += 2) {
      float share = shares[sharesAt + point];
      float upper = share * s.lowWeight[x + 1];
      float lower = share * s.highWeight[x + 1];
      float left = s.lowWeight[x];
      float right = s.highWeight[x];
      int top = gradAt + s.levelStarts[point] + s.low[x + 1];
      int bottom = gradAt + s.levelStarts[point] + s.high[x + 1];
      // one after the other: at the border two corners are the same
      add(gradient, upper * left, gradValue, top + s.low[x]);
      add(gradient, upper * right, gradValue, top + s.high[x]);
      add(gradient, lower * left, gradValue, bottom + s.low[x]);
      add(gradient, lower * right, gradValue, bottom + s.high[x]);
    }
  }

  private static void add(FloatVector x, float weight, float[] out, int at) {
    x.fma(FloatVector.broadcast(SPECIES, weight), FloatVector.fromArray(SPECIES, out, at))
        .intoArray(out, at);
  }

  /** {@link #scatter} for the last channels of a head, fewer than a vector. */
  private static void scatterPart(
      Samples s,
      int head,
      float[] shares,
      int sharesAt,
      int d,
      float[] g,
      int gAt,
      float[] gradValue,
      int gradAt) {
    VectorMask<Float> part = SPECIES.indexInRange(0, d);
    FloatVector gradient = FloatVector.fromArray(SPECIES, g, gAt, part);
    int points = s.levelStarts.length;
    int x = 2 * head * points;
    for (int corner = 0; corner < 4 * points; corner++) {
      int i = x + corner / 4 * 2;
      boolean below = (corner & 2) != 0;
      boolean right = (corner & 1) != 0;
      float weight =
          shares[sharesAt + corner / 4]
              * (below ? s.highWeight[i + 1] : s.lowWeight[i + 1])
              * (right ? s.highWeight[i] : s.lowWeight[i]);
      int to =
          gradAt
              + s.levelStarts[corner / 4]
              + (below ? s.high[i + 1] : s.low[i + 1])
              + (right ? s.high[i] : s.low[i]);
      gradient
          .fma(
              FloatVector.broadcast(SPECIES, weight),
              FloatVector.fromArray(SPECIES, gradValue, to, part))
          .intoArray(gradValue, to, part);
    }
  }
}
