package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.Tensor;

/**
 * The matrix products of a linear layer: {@code y = x W^T + b} and its two gradients.
 *
 * <p>Most of the transformer's arithmetic is here. M is the number of tokens or queries, K the
 * layer's inputs, N its outputs.
 */
public class GemmBenchmark extends DeviceWorkload {
  /**
   * M x K x N of the layers of both models: the small recipe with two images of 128 x 128 (672
   * tokens) or 240 x 320 (3,160 tokens), and R50 with one image of 800 x 1333 (22,223 tokens, 900 +
   * 200 queries).
   */
  @Param({
    "small.decoder.out 360x64x64",
    "small.encoder.value 672x64x64",
    "small.encoder.ffn1 672x64x256",
    "small.bccd.ffn2 3160x256x64",
    "r50.decoder.ffn1 1100x256x2048",
    "r50.encoder.offsets 22223x256x256",
    "r50.encoder.ffn1 22223x256x2048",
    "r50.encoder.ffn2 22223x2048x256",
    "r50.fusion 22223x1792x256",
    "r50.enc.class 22223x256x80"
  })
  public String shape;

  private MatmulKernels kernels;
  private Tensor x;
  private Tensor weight;
  private Tensor bias;
  private Tensor y;
  private Tensor gradX;
  private Tensor gradWeight;

  /** A benchmark without memory yet. */
  public GemmBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    int m = s.get(0);
    int k = s.get(1);
    int n = s.get(2);
    Inputs inputs = inputs();
    kernels = backend().matmul();
    x = inputs.uniform(m, k);
    weight = inputs.uniform(n, k);
    bias = inputs.uniform(n);
    y = inputs.uniform(m, n);
    gradX = empty(m, k);
    gradWeight = empty(n, k);
  }

  @Override
  Work work(String method) {
    return Work.flop(2 * NamedShape.of(shape).count());
  }

  // The forward pass multiplies by the transpose of the weight, because checkpoints keep it as
  // [outputs, inputs]. Bias and ReLU ride along in registers.

  /**
   * {@code y = relu(x W^T + b)}.
   *
   * @return y
   */
  @Benchmark
  public Tensor forward() {
    kernels.gemm(false, true, x, weight, bias, Activation.RELU, false, y);
    return done(y);
  }

  // The gradient of the input is a plain product; its K is the layer's number of outputs.

  /**
   * {@code dx = dy W}.
   *
   * @return dx
   */
  @Benchmark
  public Tensor gradInput() {
    kernels.gemm(false, false, y, weight, null, Activation.NONE, false, gradX);
    return done(gradX);
  }

  // The gradient of the weight sums over the tokens: a long K and a small result, so its
  // parallelism must come from the result's tiles.

  /**
   * {@code dW = dy^T x}.
   *
   * @return dW
   */
  @Benchmark
  public Tensor gradWeight() {
    kernels.gemm(true, false, y, x, null, Activation.NONE, false, gradWeight);
    return done(gradWeight);
  }
}
