package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The stem's pooling, and resizing by two; both move memory and compute next to nothing. */
public class MapsBenchmark extends DeviceWorkload {
  private static final Window WINDOW = new Window(3, 2, 1);

  /** N x H x W x C of the larger map. */
  @Param({"small.stem 2x64x64x32", "small.bccd.stem 2x120x160x32", "r50.stem 1x400x668x64"})
  public String shape;

  private ConvolutionKernels kernels;
  private Tensor large;
  private Tensor small;
  private Tensor argmax;
  private Tensor gradLarge;
  private Tensor gradSmall;

  /** A benchmark without memory yet. */
  public MapsBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    int[] half = {s.get(0), WINDOW.output(s.get(1)), WINDOW.output(s.get(2)), s.get(3)};
    kernels = backend().convolution();
    large = inputs().uniform(s.extents());
    small = inputs().uniform(half);
    gradLarge = empty(s.extents());
    gradSmall = empty(half);
    argmax = backend().empty(DType.INT32, Shape.of(half));
    maxPool();
  }

  @Override
  Work work(String method) {
    // A pool also writes, or reads, a place for each result.
    return Work.floats((method.startsWith("maxPool") ? 1.5 : 1.25) * NamedShape.of(shape).count());
  }

  // Nine candidates a result, most of them in a cache.

  /**
   * Pooling by 3 x 3 windows at every second pixel.
   *
   * @return the maxima
   */
  @Benchmark
  public Tensor maxPool() {
    kernels.maxPool2d(large, WINDOW, gradSmall, argmax);
    return done(gradSmall);
  }

  // A pixel may be the largest of several windows.

  /**
   * Its gradient.
   *
   * @return the gradient of the larger map
   */
  @Benchmark
  public Tensor maxPoolBackward() {
    kernels.maxPool2dBackward(small, argmax, gradLarge);
    return done(gradLarge);
  }

  // Four neighbours a result.

  /**
   * Bilinear resizing to twice the size.
   *
   * @return the larger map
   */
  @Benchmark
  public Tensor resize() {
    kernels.resizeBilinear(small, false, gradLarge);
    return done(gradLarge);
  }

  // Each pixel of the small map collects from those that it went into.

  /**
   * Its gradient.
   *
   * @return the gradient of the smaller map
   */
  @Benchmark
  public Tensor resizeBackward() {
    kernels.resizeBilinearBackward(large, false, gradSmall);
    return done(gradSmall);
  }
}
