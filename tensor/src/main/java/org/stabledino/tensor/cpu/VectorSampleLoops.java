package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link SampleLoops} with the Vector API: up to four vectors of a head stay in registers while its
 * samples pass.
 */
final class VectorSampleLoops implements SampleLoops {
  private static final VectorSpecies<Float> SPECIES = VectorWidth.FLOATS;
  private static final int LANES = SPECIES.length();

  @Override
  public void weightedSum(
      float[] value, int[] starts, float[] weights, int count, int d, float[] out, int oo) {
    int c = 0;
    for (; c <= d - 4 * LANES; c += 4 * LANES) {
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      FloatVector sum2 = sum0;
      FloatVector sum3 = sum0;
      for (int i = 0; i < count; i++) {
        FloatVector w = FloatVector.broadcast(SPECIES, weights[i]);
        int at = starts[i] + c;
        sum0 = w.fma(FloatVector.fromArray(SPECIES, value, at), sum0);
        sum1 = w.fma(FloatVector.fromArray(SPECIES, value, at + LANES), sum1);
        sum2 = w.fma(FloatVector.fromArray(SPECIES, value, at + 2 * LANES), sum2);
        sum3 = w.fma(FloatVector.fromArray(SPECIES, value, at + 3 * LANES), sum3);
      }
      sum0.intoArray(out, oo + c);
      sum1.intoArray(out, oo + c + LANES);
      sum2.intoArray(out, oo + c + 2 * LANES);
      sum3.intoArray(out, oo + c + 3 * LANES);
    }
    for (; c <= d - 2 * LANES; c += 2 * LANES) {
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      for (int i = 0; i < count; i++) {
        FloatVector w = FloatVector.broadcast(SPECIES, weights[i]);
        int at = starts[i] + c;
        sum0 = w.fma(FloatVector.fromArray(SPECIES, value, at), sum0);
        sum1 = w.fma(FloatVector.fromArray(SPECIES, value, at + LANES), sum1);
      }
      sum0.intoArray(out, oo + c);
      sum1.intoArray(out, oo + c + LANES);
    }
    for (; c <= d - LANES; c += LANES) {
      FloatVector even = FloatVector.zero(SPECIES);
      FloatVector odd = even;
      int i = 0;
      for (; i < count - 1; i += 2) {
        even =
            FloatVector.fromArray(SPECIES, value, starts[i] + c)
                .fma(FloatVector.broadcast(SPECIES, weights[i]), even);
        odd =
            FloatVector.fromArray(SPECIES, value, starts[i + 1] + c)
                .fma(FloatVector.broadcast(SPECIES, weights[i + 1]), odd);
      }
      if (i < count) {
        even =
            FloatVector.fromArray(SPECIES, value, starts[i] + c)
                .fma(FloatVector.broadcast(SPECIES, weights[i]), even);
      }
      even.add(odd).intoArray(out, oo + c);
    }
    for (; c < d; c++) {
      float sum = 0;
      for (int i = 0; i < count; i++) {
        sum += weights[i] * value[starts[i] + c];
      }
      out[oo + c] = sum;
    }
  }

  @Override
  public void dots(float[] value, int[] starts, int count, int d, float[] g, int go, float[] dots) {
    if (d == LANES) {
      FloatVector gradient = FloatVector.fromArray(SPECIES, g, go);
      for (int i = 0; i < count; i++) {
        dots[i] =
            FloatVector.fromArray(SPECIES, value, starts[i])
                .mul(gradient)
                .reduceLanes(VectorOperators.ADD);
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      int c = 0;
      float result = 0;
      if (d >= LANES) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (; c <= d - LANES; c += LANES) {
          sum =
              FloatVector.fromArray(SPECIES, value, starts[i] + c)
                  .fma(FloatVector.fromArray(SPECIES, g, go + c), sum);
        }
        result = sum.reduceLanes(VectorOperators.ADD);
      }
      for (; c < d; c++) {
        result += g[go + c] * value[starts[i] + c];
      }
      dots[i] = result;
    }
  }

  @Override
  public void scatter(
      float[] g, int go, int[] starts, float[] weights, int count, int d, float[] out) {
    int c = 0;
    for (; c <= d - LANES; c += LANES) {
      FloatVector gradient = FloatVector.fromArray(SPECIES, g, go + c);
      for (int i = 0; i < count; i++) {
        int at = starts[i] + c;
        gradient
            .fma(
                FloatVector.broadcast(SPECIES, weights[i]), FloatVector.fromArray(SPECIES, out, at))
            .intoArray(out, at);
      }
    }
    for (; c < d; c++) {
      for (int i = 0; i < count; i++) {
        out[starts[i] + c] += weights[i] * g[go + c];
      }
    }
  }
}
