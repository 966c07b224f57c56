package org.stabledino.autograd.ops;

import java.util.Random;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Seeded random arguments for tests. */
final class Inputs {
  private final Random random;

  Inputs(long seed) {
    random = new Random(seed);
  }

  /** An extent of 1 to {@code most}. */
  int extent(int most) {
    return 1 + random.nextInt(most);
  }

  /** A shape of 1 to {@code maxRank} axes of 1 to 4. */
  int[] shape(int maxRank) {
    int[] dims = new int[extent(maxRank)];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = extent(4);
    }
    return dims;
  }

  /** A shape that broadcasts to the given one: some outer axes missing, some extents 1. */
  int[] stretchable(int[] dims) {
    int missing = random.nextInt(dims.length + 1);
    int[] shorter = new int[dims.length - missing];
    for (int i = 0; i < shorter.length; i++) {
      shorter[i] = random.nextBoolean() ? 1 : dims[missing + i];
    }
    return shorter;
  }

  /** Normal values. */
  Variable normal(int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Variable.leaf(Tensor.of(values, dims));
  }

  /** Uniform values. */
  Variable uniform(double low, double high, int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (low + (high - low) * random.nextDouble());
    }
    return Variable.leaf(Tensor.of(values, dims));
  }

  /** Values of both signs between 0.1 and 1 away from 0. */
  Variable awayFromZero(int... dims) {
    Variable x = uniform(0.1, 1, dims);
    float[] values = x.data().floats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= random.nextBoolean() ? 1 : -1;
    }
    return x;
  }

  /** The numbers 0, 0.1, 0.2, ... in random order: no two closer than a derivative's steps. */
  Variable apart(int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      int j = random.nextInt(i + 1);
      values[i] = values[j];
      values[j] = 0.1f * i;
    }
    return Variable.leaf(Tensor.of(values, dims));
  }

  /** Indices below a bound. */
  Tensor indices(int bound, int... dims) {
    int[] values = random.ints(Shape.of(dims).size(), 0, bound).toArray();
    return Tensor.of(values, dims);
  }

  /** A mask that is true for about a third. */
  Tensor mask(int... dims) {
    byte[] values = new byte[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (random.nextInt(3) == 0 ? 1 : 0);
    }
    return Tensor.of(DType.BOOL, values, dims);
  }
}
