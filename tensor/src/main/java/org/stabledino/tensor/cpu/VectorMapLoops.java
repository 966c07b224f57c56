package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link MapLoops} with the Vector API; tails run element by element. */
final class VectorMapLoops implements MapLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
  private static final int LANES = SPECIES.length();

  private final MapLoops tail = new ScalarMapLoops();

  @Override
  public void maximum(
      float[] x, int xo, int index, float[] best, int bo, int[] winner, int wo, int n) {
    int c = 0;
    for (; c <= n - LANES; c += LANES) {
      FloatVector value = FloatVector.fromArray(SPECIES, x, xo + c);
      FloatVector old = FloatVector.fromArray(SPECIES, best, bo + c);
      // NaN wins over everything, as in PyTorch
      VectorMask<Float> wins =
          value.compare(VectorOperators.GT, old).or(value.compare(VectorOperators.NE, value));
      old.blend(value, wins).intoArray(best, bo + c);
      if (winner != null) {
        IntVector.fromArray(INTS, winner, wo + c)
            .blend(index, wins.cast(INTS))
            .intoArray(winner, wo + c);
      }
    }
    if (c < n) {
      tail.maximum(x, xo + c, index, best, bo + c, winner, wo + c, n - c);
    }
  }

  @Override
  public void mix(
      float[] x,
      int ao,
      float a,
      int bo,
      float b,
      int co,
      float c,
      int dAt,
      float d,
      float[] out,
      int oo,
      int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector sum = FloatVector.fromArray(SPECIES, x, ao + i).mul(a);
      sum = FloatVector.fromArray(SPECIES, x, bo + i).fma(FloatVector.broadcast(SPECIES, b), sum);
      sum = FloatVector.fromArray(SPECIES, x, co + i).fma(FloatVector.broadcast(SPECIES, c), sum);
      sum = FloatVector.fromArray(SPECIES, x, dAt + i).fma(FloatVector.broadcast(SPECIES, d), sum);
      sum.intoArray(out, oo + i);
    }
    if (i < n) {
      tail.mix(x, ao + i, a, bo + i, b, co + i, c, dAt + i, d, out, oo + i, n - i);
    }
  }

  @Override
  public void between(float[] x, int ao, int bo, float fraction, float[] out, int oo, int n) {
    FloatVector low = FloatVector.broadcast(SPECIES, 1 - fraction);
    FloatVector high = FloatVector.broadcast(SPECIES, fraction);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector a = FloatVector.fromArray(SPECIES, x, ao + i).mul(low);
      FloatVector.fromArray(SPECIES, x, bo + i).fma(high, a).intoArray(out, oo + i);
    }
    if (i < n) {
      tail.between(x, ao + i, bo + i, fraction, out, oo + i, n - i);
    }
  }

  @Override
  public void between(
      float[] x, int[] low, int[] high, float[] fraction, float[] out, int oo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector weight = FloatVector.fromArray(SPECIES, fraction, i);
      FloatVector a = FloatVector.fromArray(SPECIES, x, 0, low, i);
      FloatVector b = FloatVector.fromArray(SPECIES, x, 0, high, i);
      b.sub(a).fma(weight, a).intoArray(out, oo + i);
    }
    for (; i < n; i++) {
      out[oo + i] = (1 - fraction[i]) * x[low[i]] + fraction[i] * x[high[i]];
    }
  }

  @Override
  public void addScaled(float[] x, int xo, float weight, float[] out, int oo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, x, xo + i)
          .fma(FloatVector.broadcast(SPECIES, weight), FloatVector.fromArray(SPECIES, out, oo + i))
          .intoArray(out, oo + i);
    }
    if (i < n) {
      tail.addScaled(x, xo + i, weight, out, oo + i, n - i);
    }
  }
}
