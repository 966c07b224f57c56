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
    for (; i <= 2 * s.points - LANES; i += LANES) {
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

  // Two corners a turn, each with sums of its own: a fused multiply-add waits four cycles for the
  // one before it, and two start in every cycle. Corners come in fours.

  @Override
  public void sum(Samples s, float[] value, int at, int d, float[] out, int outAt) {
    int c = 0;
    for (; c <= d - 4 * LANES; c += 4 * LANES) {
      sumFour(s, value, at + c, out, outAt + c);
    }
    for (; c <= d - 2 * LANES; c += 2 * LANES) {
      sumTwo(s, value, at + c, out, outAt + c);
    }
    for (; c < d; c += LANES) {
      sumOne(s, value, at + c, d - c, out, outAt + c);
    }
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(SPECIES, x, at);
  }

  private static void sumFour(Samples s, float[] value, int at, float[] out, int outAt) {
    FloatVector even0 = FloatVector.zero(SPECIES);
    FloatVector even1 = even0;
    FloatVector even2 = even0;
    FloatVector even3 = even0;
    FloatVector odd0 = even0;
    FloatVector odd1 = even0;
    FloatVector odd2 = even0;
    FloatVector odd3 = even0;
    for (int i = 0; i < s.corners.length; i += 2) {
      int from = at + s.corners[i];
      FloatVector weight = FloatVector.broadcast(SPECIES, s.cornerWeights[i]);
      even0 = load(value, from).fma(weight, even0);
      even1 = load(value, from + LANES).fma(weight, even1);
      even2 = load(value, from + 2 * LANES).fma(weight, even2);
      even3 = load(value, from + 3 * LANES).fma(weight, even3);
      from = at + s.corners[i + 1];
      weight = FloatVector.broadcast(SPECIES, s.cornerWeights[i + 1]);
      odd0 = load(value, from).fma(weight, odd0);
      odd1 = load(value, from + LANES).fma(weight, odd1);
      odd2 = load(value, from + 2 * LANES).fma(weight, odd2);
      odd3 = load(value, from + 3 * LANES).fma(weight, odd3);
    }
    even0.add(odd0).intoArray(out, outAt);
    even1.add(odd1).intoArray(out, outAt + LANES);
    even2.add(odd2).intoArray(out, outAt + 2 * LANES);
    even3.add(odd3).intoArray(out, outAt + 3 * LANES);
  }

  private static void sumTwo(Samples s, float[] value, int at, float[] out, int outAt) {
    FloatVector even0 = FloatVector.zero(SPECIES);
    FloatVector even1 = even0;
    FloatVector odd0 = even0;
    FloatVector odd1 = even0;
    for (int i = 0; i < s.corners.length; i += 2) {
      int from = at + s.corners[i];
      FloatVector weight = FloatVector.broadcast(SPECIES, s.cornerWeights[i]);
      even0 = load(value, from).fma(weight, even0);
      even1 = load(value, from + LANES).fma(weight, even1);
      from = at + s.corners[i + 1];
      weight = FloatVector.broadcast(SPECIES, s.cornerWeights[i + 1]);
      odd0 = load(value, from).fma(weight, odd0);
      odd1 = load(value, from + LANES).fma(weight, odd1);
    }
    even0.add(odd0).intoArray(out, outAt);
    even1.add(odd1).intoArray(out, outAt + LANES);
  }

  /** A vector of channels, of which d exist. */
  private static void sumOne(Samples s, float[] value, int at, int d, float[] out, int outAt) {
    VectorMask<Float> part = SPECIES.indexInRange(0, d);
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = even;
    for (int i = 0; i < s.corners.length; i += 2) {
      even =
          FloatVector.fromArray(SPECIES, value, at + s.corners[i], part)
              .fma(FloatVector.broadcast(SPECIES, s.cornerWeights[i]), even);
      odd =
          FloatVector.fromArray(SPECIES, value, at + s.corners[i + 1], part)
              .fma(FloatVector.broadcast(SPECIES, s.cornerWeights[i + 1]), odd);
    }
    even.add(odd).intoArray(out, outAt, part);
  }

  // Corner after corner: at the border two of them may be the same.

  @Override
  public void scatter(Samples s, int d, float[] g, int gAt, float[] gradValue, int gradAt) {
    int c = 0;
    for (; c <= d - 4 * LANES; c += 4 * LANES) {
      scatterFour(s, g, gAt + c, gradValue, gradAt + c);
    }
    for (; c <= d - 2 * LANES; c += 2 * LANES) {
      scatterTwo(s, g, gAt + c, gradValue, gradAt + c);
    }
    for (; c < d; c += LANES) {
      scatterOne(s, d - c, g, gAt + c, gradValue, gradAt + c);
    }
  }

  private static void scatterFour(Samples s, float[] g, int gAt, float[] gradValue, int gradAt) {
    FloatVector g0 = load(g, gAt);
    FloatVector g1 = load(g, gAt + LANES);
    FloatVector g2 = load(g, gAt + 2 * LANES);
    FloatVector g3 = load(g, gAt + 3 * LANES);
    for (int i = 0; i < s.corners.length; i++) {
      int to = gradAt + s.corners[i];
      FloatVector weight = FloatVector.broadcast(SPECIES, s.cornerWeights[i]);
      g0.fma(weight, load(gradValue, to)).intoArray(gradValue, to);
      g1.fma(weight, load(gradValue, to + LANES)).intoArray(gradValue, to + LANES);
      g2.fma(weight, load(gradValue, to + 2 * LANES)).intoArray(gradValue, to + 2 * LANES);
      g3.fma(weight, load(gradValue, to + 3 * LANES)).intoArray(gradValue, to + 3 * LANES);
    }
  }

  private static void scatterTwo(Samples s, float[] g, int gAt, float[] gradValue, int gradAt) {
    FloatVector g0 = load(g, gAt);
    FloatVector g1 = load(g, gAt + LANES);
    for (int i = 0; i < s.corners.length; i++) {
      int to = gradAt + s.corners[i];
      FloatVector weight = FloatVector.broadcast(SPECIES, s.cornerWeights[i]);
      g0.fma(weight, load(gradValue, to)).intoArray(gradValue, to);
      g1.fma(weight, load(gradValue, to + LANES)).intoArray(gradValue, to + LANES);
    }
  }

  private static void scatterOne(
      Samples s, int d, float[] g, int gAt, float[] gradValue, int gradAt) {
    VectorMask<Float> part = SPECIES.indexInRange(0, d);
    FloatVector gradient = FloatVector.fromArray(SPECIES, g, gAt, part);
    for (int i = 0; i < s.corners.length; i++) {
      int to = gradAt + s.corners[i];
      gradient
          .fma(
              FloatVector.broadcast(SPECIES, s.cornerWeights[i]),
              FloatVector.fromArray(SPECIES, gradValue, to, part))
          .intoArray(gradValue, to, part);
    }
  }

  @Override
  public void dots(Samples s, float[] value, int at, int d, float[] g, int gAt) {
    int c = 0;
    for (; c <= d - 4 * LANES; c += 4 * LANES) {
      multiplyFour(s, value, at + c, g, gAt + c, c > 0);
    }
    for (; c <= d - 2 * LANES; c += 2 * LANES) {
      multiplyTwo(s, value, at + c, g, gAt + c, c > 0);
    }
    for (; c < d; c += LANES) {
      multiplyOne(s, value, at + c, d - c, g, gAt + c, c > 0);
    }
    sumLanes(s.partials);
  }

  /** Products of the corners' values and g, added lane by lane, for four vectors of channels. */
  private static void multiplyFour(
      Samples s, float[] value, int at, float[] g, int gAt, boolean accumulate) {
    FloatVector g0 = load(g, gAt);
    FloatVector g1 = load(g, gAt + LANES);
    FloatVector g2 = load(g, gAt + 2 * LANES);
    FloatVector g3 = load(g, gAt + 3 * LANES);
    for (int i = 0; i < s.corners.length; i++) {
      int from = at + s.corners[i];
      FloatVector left = load(value, from + LANES).fma(g1, load(value, from).mul(g0));
      FloatVector right =
          load(value, from + 3 * LANES).fma(g3, load(value, from + 2 * LANES).mul(g2));
      put(left.add(right), s.partials, i * LANES, accumulate);
    }
  }

  private static void multiplyTwo(
      Samples s, float[] value, int at, float[] g, int gAt, boolean accumulate) {
    FloatVector g0 = load(g, gAt);
    FloatVector g1 = load(g, gAt + LANES);
    for (int i = 0; i < s.corners.length; i++) {
      int from = at + s.corners[i];
      FloatVector product = load(value, from + LANES).fma(g1, load(value, from).mul(g0));
      put(product, s.partials, i * LANES, accumulate);
    }
  }

  private static void multiplyOne(
      Samples s, float[] value, int at, int d, float[] g, int gAt, boolean accumulate) {
    VectorMask<Float> part = SPECIES.indexInRange(0, d);
    FloatVector gradient = FloatVector.fromArray(SPECIES, g, gAt, part);
    for (int i = 0; i < s.corners.length; i++) {
      FloatVector product =
          FloatVector.fromArray(SPECIES, value, at + s.corners[i], part).mul(gradient);
      put(product, s.partials, i * LANES, accumulate);
    }
  }

  private static void put(FloatVector product, float[] partials, int to, boolean accumulate) {
    if (accumulate) {
      product = product.add(load(partials, to));
    }
    product.intoArray(partials, to);
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
}
