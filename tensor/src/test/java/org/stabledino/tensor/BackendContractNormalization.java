package org.stabledino.tensor;

import static org.stabledino.tensor.ContractData.assertNear;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every backend's {@link NormalizationKernels} compute, against plain loops in double. */
public abstract class BackendContractNormalization extends BackendContract {
  private static final float EPS = 1e-5f;

  @ParameterizedTest
  @CsvSource({"1,1,0", "3,7,0", "5,8,0", "17,64,0", "300,33,50", "1000,256,0", "0,8,0"})
  void layerNorm(int rows, int n, float shift) {
    ContractData data = new ContractData(this, rows * 1000L + n);
    Tensor x = data.normal(shift, rows, n);
    Tensor weight = data.normal(1, n);
    Tensor bias = data.normal(0, n);
    Tensor out = data.dirty(rows, n);
    Tensor mean = data.dirty(rows);
    Tensor inverse = data.dirty(rows);
    backend().normalization().layerNorm(x, weight, bias, EPS, out, mean, inverse);
    Tensor gradOut = data.normal(0, rows, n);
    Tensor gradX = data.dirty(rows, n);
    Tensor gradWeight = data.dirty(n);
    Tensor gradBias = data.dirty(n);
    backend()
        .normalization()
        .layerNormBackward(gradOut, x, weight, mean, inverse, gradX, gradWeight, gradBias);

    Reference reference =
        new Reference(
            data.floats(x), data.floats(weight), data.floats(bias), data.floats(gradOut), n);
    for (int row = 0; row < rows; row++) {
      int from = row * n;
      reference.normalise(n, i -> from + i, i -> i);
    }
    reference.check(data, out, gradX, gradWeight, gradBias, shift);
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,1,0",
    "2,3,8,4,0",
    "2,35,32,16,0",
    "1,1000,64,32,20",
    "3,257,24,3,-5",
    "2,4096,16,8,0"
  })
  void groupNorm(int images, int rows, int n, int groups, float shift) {
    for (Activation activation : Activation.values()) {
      ContractData data = new ContractData(this, rows * 1000L + n);
      Tensor x = data.normal(shift, images, rows, n);
      Tensor weight = data.normal(1, n);
      Tensor bias = data.normal(0, n);
      Tensor out = data.dirty(images, rows, n);
      Tensor mean = data.dirty(images, groups);
      Tensor inverse = data.dirty(images, groups);
      backend()
          .normalization()
          .groupNorm(x, groups, weight, bias, EPS, activation, out, mean, inverse);
      Tensor gradOut = data.normal(0, images, rows, n);
      Tensor gradX = data.dirty(images, rows, n);
      Tensor gradWeight = data.dirty(n);
      Tensor gradBias = data.dirty(n);
      backend()
          .normalization()
          .groupNormBackward(
              gradOut, x, groups, weight, mean, inverse, gradX, gradWeight, gradBias);

      Reference reference =
          new Reference(
              data.floats(x), data.floats(weight), data.floats(bias), data.floats(gradOut), n);
      int size = n / groups;
      for (int image = 0; image < images; image++) {
        for (int group = 0; group < groups; group++) {
          int from = image * rows * n + group * size;
          int first = group * size;
          reference.normalise(
              rows * size, i -> from + i / size * n + i % size, i -> first + i % size);
        }
      }
      if (activation == Activation.RELU) {
        reference.relu();
      }
      reference.check(data, out, gradX, gradWeight, gradBias, shift);
    }
  }

  /** Normalisation of arbitrary sets of elements, in double precision. */
  private static final class Reference {
    private final float[] x;
    private final float[] weight;
    private final float[] bias;
    private final float[] gradOut;
    private final double[] out;
    private final double[] gradX;
    private final double[] gradWeight;
    private final double[] gradBias;

    Reference(float[] x, float[] weight, float[] bias, float[] gradOut, int n) {
      this.x = x;
      this.weight = weight;
      this.bias = bias;
      this.gradOut = gradOut;
      out = new double[x.length];
      gradX = new double[x.length];
      gradWeight = new double[n];
      gradBias = new double[n];
    }

    interface Index {
      int of(int i);
    }

    void normalise(int count, Index element, Index channel) {
      double mean = 0;
      for (int i = 0; i < count; i++) {
        mean += x[element.of(i)] / (double) count;
      }
      double variance = 0;
      for (int i = 0; i < count; i++) {
        variance += Math.pow(x[element.of(i)] - mean, 2) / count;
      }
      double inverse = 1 / Math.sqrt(variance + EPS);
      double sum = 0;
      double product = 0;
      for (int i = 0; i < count; i++) {
        int at = element.of(i);
        int c = channel.of(i);
        double normal = (x[at] - mean) * inverse;
        out[at] = normal * weight[c] + bias[c];
        gradWeight[c] += gradOut[at] * normal;
        gradBias[c] += gradOut[at];
        sum += gradOut[at] * weight[c];
        product += gradOut[at] * weight[c] * normal;
      }
      for (int i = 0; i < count; i++) {
        int at = element.of(i);
        double normal = (x[at] - mean) * inverse;
        gradX[at] =
            inverse
                * (gradOut[at] * weight[channel.of(i)] - sum / count - normal * product / count);
      }
    }

    void relu() {
      for (int i = 0; i < out.length; i++) {
        out[i] = Math.max(0, out[i]);
      }
    }

    void check(ContractData data, Tensor y, Tensor dx, Tensor dWeight, Tensor dBias, float shift) {
      // float32 keeps fewer digits of the deviation when the mean is large
      double tolerance = 1e-5 * (1 + Math.abs(shift));
      assertNear("out", data.floats(y), out, tolerance);
      assertNear("gradX", data.floats(dx), gradX, tolerance);
      assertNear("gradWeight", data.floats(dWeight), gradWeight, tolerance);
      assertNear("gradBias", data.floats(dBias), gradBias, tolerance);
    }
  }
}
