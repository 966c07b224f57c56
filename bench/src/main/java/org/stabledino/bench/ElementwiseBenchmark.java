package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/**
 * Kernels that touch every value once. Large tensors show the memory's speed, small ones what it
 * costs to start a kernel on all cores: a step of the small model starts about a thousand.
 */
public class ElementwiseBenchmark extends DeviceWorkload {
  /** N x H x W x C of a feature map, or B x tokens x C. */
  @Param({
    "small.decoder 2x180x64",
    "small.res2 2x32x32x16",
    "r50.encoder 1x22223x256",
    "r50.res2 1x200x334x256"
  })
  public String shape;

  private ElementwiseKernels kernels;
  private Tensor a;
  private Tensor b;
  private Tensor scale;
  private Tensor shift;
  private Tensor out;

  /** A benchmark without memory yet. */
  public ElementwiseBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    int[] dims = NamedShape.of(shape).extents();
    Inputs inputs = inputs();
    kernels = backend().elementwise();
    a = inputs.uniform(dims);
    b = inputs.uniform(dims);
    scale = inputs.uniform(dims[dims.length - 1]);
    shift = inputs.uniform(dims[dims.length - 1]);
    out = empty(dims);
  }

  @Override
  Work work(String method) {
    int tensors = method.equals("add") || method.equals("addRelu") ? 3 : 2;
    return Work.floats(tensors * NamedShape.of(shape).count());
  }

  // A residual of the transformer.

  /**
   * {@code a + b}.
   *
   * @return the sum
   */
  @Benchmark
  public Tensor add() {
    kernels.binary(Binary.ADD, a, b, out);
    return done(out);
  }

  // The end of a residual block: one pass instead of two.

  /**
   * {@code relu(a + b)}.
   *
   * @return the result
   */
  @Benchmark
  public Tensor addRelu() {
    kernels.addRelu(a, b, out);
    return done(out);
  }

  // A frozen batch normalisation.

  /**
   * {@code relu(a * scale + shift)} by channel.
   *
   * @return the result
   */
  @Benchmark
  public Tensor channelAffine() {
    kernels.channelAffine(a, scale, shift, true, out);
    return done(out);
  }

  // An exponential a value: arithmetic begins to matter.

  /**
   * The logistic function.
   *
   * @return the result
   */
  @Benchmark
  public Tensor sigmoid() {
    kernels.unary(Unary.SIGMOID, a, out);
    return done(out);
  }

  // An error function a value, as the Swin backbone has it.

  /**
   * GELU by the exact error function.
   *
   * @return the result
   */
  @Benchmark
  public Tensor gelu() {
    kernels.unary(Unary.GELU, a, out);
    return done(out);
  }
}
