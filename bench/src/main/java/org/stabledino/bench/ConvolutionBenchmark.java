package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Tensor;

/**
 * The convolutions of the backbone and the neck, forward and both gradients.
 *
 * <p>The rate counts the multiplications of the definition. An algorithm that needs fewer, such as
 * Winograd's, may therefore show more than the machine's peak; it is a speed, not a share.
 */
public class ConvolutionBenchmark extends DeviceWorkload {
  /**
   * N x H x W of the input, Cin -> Cout, kernel / stride: one for every kind of layer. The small
   * recipe has two images of 128 x 128, R50 one of 800 x 1333 (padded to even sizes by the
   * strides).
   */
  @Param({
    "small.res5.conv2 2x4x4 128->128 3x3/1",
    "small.res2.conv1 2x32x32 16->16 3x3/1",
    "small.res3.shortcut 2x32x32 16->32 1x1/2",
    "small.stem 2x128x128 3->16 7x7/2",
    "r50.neck.extra 1x25x42 2048->256 3x3/2",
    "r50.neck.res5 1x25x42 2048->256 1x1/1",
    "r50.res5.conv2 1x25x42 512->512 3x3/1",
    "r50.res4.conv2 1x50x84 256->256 3x3/1",
    "r50.res4.conv3 1x50x84 256->1024 1x1/1",
    "r50.res3.conv2 1x200x334 128->128 3x3/2",
    "r50.res2.conv2 1x200x334 64->64 3x3/1",
    "r50.res2.conv3 1x200x334 64->256 1x1/1",
    "r50.stem 1x800x1333 3->64 7x7/2"
  })
  public String shape;

  private ConvolutionKernels kernels;
  private Window window;
  private Tensor x;
  private Tensor weight;
  private Tensor bias;
  private Tensor y;
  private Tensor gradX;
  private Tensor gradWeight;

  /** A benchmark without memory yet. */
  public ConvolutionBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    Inputs inputs = inputs();
    kernels = backend().convolution();
    window = window(s);
    x = inputs.uniform(s.get(0), s.get(1), s.get(2), s.get(3));
    weight = inputs.uniform(s.get(4), s.get(3), s.get(5), s.get(6));
    bias = inputs.uniform(s.get(4));
    y = inputs.uniform(s.get(0), window.output(s.get(1)), window.output(s.get(2)), s.get(4));
    gradX = empty(x.shape().dims());
    gradWeight = empty(weight.shape().dims());
  }

  private static Window window(NamedShape s) {
    return new Window(s.get(5), s.get(7), s.get(5) / 2);
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    Window w = window(s);
    double outputs = (double) s.get(0) * w.output(s.get(1)) * w.output(s.get(2)) * s.get(4);
    return Work.flop(2 * outputs * s.get(3) * s.get(5) * s.get(6));
  }

  // Maps are NHWC, so a 1x1 convolution is a matrix product over pixels, and a window's row is
  // contiguous in memory.

  /**
   * Convolution with bias and ReLU.
   *
   * @return y
   */
  @Benchmark
  public Tensor forward() {
    kernels.conv2d(x, weight, bias, window, Activation.RELU, y);
    return done(y);
  }

  // With stride 1 this is again a convolution, with the kernel turned round; with stride 2 the
  // results of the windows are scattered.

  /**
   * The gradient of the input.
   *
   * @return dx
   */
  @Benchmark
  public Tensor gradInput() {
    kernels.conv2dBackwardInput(y, weight, window, gradX);
    return done(gradX);
  }

  // A sum over all pixels for every pair of channels and every place in the window.

  /**
   * The gradient of the weight.
   *
   * @return dW
   */
  @Benchmark
  public Tensor gradWeight() {
    kernels.conv2dBackwardWeight(y, x, window, gradWeight);
    return done(gradWeight);
  }
}
