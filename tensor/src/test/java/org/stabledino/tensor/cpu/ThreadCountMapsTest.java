package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Tensor;

/** Normalisation, attention and convolution give the same bits for any number of threads. */
class ThreadCountMapsTest {
  private static final List<float[]> ONE_THREAD = results(1);

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void bitsAreTheSame(int threads) {
    List<float[]> results = results(threads);
    for (int i = 0; i < results.size(); i++) {
      assertThat(Arrays.mismatch(results.get(i), ONE_THREAD.get(i)))
          .as("result " + i)
          .isEqualTo(-1);
    }
  }

  private static List<float[]> results(int threads) {
    Parallel pool = new Parallel(threads);
    try {
      Run run = new Run(TestBackends.vector(pool));
      run.normalisation();
      run.attention();
      run.deformableAttention();
      run.convolution();
      run.resizing();
      return run.results;
    } finally {
      pool.shutdown();
    }
  }

  /** One pass over the kernels with the same random inputs. */
  private static final class Run {
    private final CpuBackend backend;
    private final SplittableRandom random = new SplittableRandom(5);
    private final List<float[]> results = new ArrayList<>();

    Run(CpuBackend backend) {
      this.backend = backend;
    }

    private Tensor random(int... dims) {
      Tensor tensor = Tensor.zeros(dims);
      for (int i = 0; i < tensor.size(); i++) {
        tensor.floats()[i] = (float) random.nextDouble(-1, 1);
      }
      return tensor;
    }

    private void record(Tensor... outputs) {
      for (Tensor output : outputs) {
        results.add(output.toFloats());
      }
    }

    void normalisation() {
      Tensor x = random(2, 3000, 32);
      Tensor weight = random(32);
      Tensor out = random(2, 3000, 32);
      Tensor gradX = random(2, 3000, 32);
      Tensor gradWeight = random(32);
      Tensor gradBias = random(32);
      Tensor mean = random(6000);
      Tensor inverse = random(6000);
      backend.normalization().layerNorm(x, weight, weight, 1e-5f, out, mean, inverse);
      backend
          .normalization()
          .layerNormBackward(out, x, weight, mean, inverse, gradX, gradWeight, gradBias);
      record(out, gradX, gradWeight, gradBias);
      Tensor means = random(2, 8);
      Tensor inverses = random(2, 8);
      backend
          .normalization()
          .groupNorm(x, 8, weight, weight, 1e-5f, Activation.RELU, out, means, inverses);
      backend
          .normalization()
          .groupNormBackward(out, x, 8, weight, means, inverses, gradX, gradWeight, gradBias);
      record(out, gradX, gradWeight, gradBias);
    }

    void attention() {
      Tensor q = random(4, 500, 32);
      Tensor k = random(4, 90, 32);
      Tensor v = random(4, 90, 32);
      Tensor out = random(4, 500, 32);
      Tensor logSumExp = random(4, 4, 500);
      Tensor gradQ = random(4, 500, 32);
      Tensor gradK = random(4, 90, 32);
      Tensor gradV = random(4, 90, 32);
      Mask mask = new Mask(null, null, random(2, 4, 500, 90));
      Tensor gradBias = random(2, 4, 500, 90);
      backend.attention().attention(q, k, v, 4, 0.3f, mask, out, logSumExp);
      backend
          .attention()
          .attentionBackward(
              q, q, k, v, 4, 0.3f, mask, out, logSumExp, gradQ, gradK, gradV, gradBias);
      record(out, logSumExp, gradQ, gradK, gradV, gradBias);
      backend.attention().softmax(q, gradQ);
      record(gradQ);
    }

    void deformableAttention() {
      Levels levels = new Levels(new int[] {20, 10}, new int[] {15, 8});
      Tensor value = random(2, levels.tokens(), 4, 8);
      Tensor locations = random(2, 200, 4, 2, 4, 2);
      Tensor weights = random(2, 200, 4, 2, 4);
      Tensor out = random(2, 200, 32);
      Tensor gradValue = random(2, levels.tokens(), 4, 8);
      Tensor gradLocations = random(2, 200, 4, 2, 4, 2);
      Tensor gradWeights = random(2, 200, 4, 2, 4);
      backend.attention().deformableAttention(value, levels, locations, weights, out);
      backend
          .attention()
          .deformableAttentionBackward(
              out, value, levels, locations, weights, gradValue, gradLocations, gradWeights);
      record(out, gradValue, gradLocations, gradWeights);
    }

    void convolution() {
      convolution(2, 40, 45, 16, 24, new Window(3, 1, 1));
      convolution(2, 40, 45, 16, 24, new Window(3, 2, 1));
      convolution(1, 13, 14, 256, 200, new Window(3, 1, 1)); // Winograd by all threads
      convolution(1, 9, 8, 512, 64, new Window(3, 2, 1)); // few positions, many weights
      convolution(1, 26, 30, 3, 64, new Window(7, 2, 3)); // zeros behind the lines of windows
    }

    void convolution(int n, int height, int width, int inputs, int outputs, Window window) {
      Tensor x = random(n, height, width, inputs);
      Tensor weight = random(outputs, inputs, window.kernel(), window.kernel());
      Tensor out = random(n, window.output(height), window.output(width), outputs);
      Tensor gradX = random(n, height, width, inputs);
      Tensor gradWeight = random(outputs, inputs, window.kernel(), window.kernel());
      backend.convolution().conv2d(x, weight, null, window, Activation.NONE, out);
      backend.convolution().conv2dBackwardInput(out, weight, window, gradX);
      backend.convolution().conv2dBackwardWeight(out, x, window, gradWeight);
      record(out, gradX, gradWeight);
    }

    void resizing() {
      Tensor x = random(2, 40, 45, 16);
      Tensor resized = random(2, 13, 90, 16);
      Tensor gradX = random(2, 40, 45, 16);
      backend.convolution().resizeBilinear(x, false, resized);
      backend.convolution().resizeBilinearBackward(resized, false, gradX);
      record(resized, gradX);
    }
  }
}
