package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Tensor;

/**
 * The two ceilings of a device as its maker's own software reaches them: a copy by the driver, and
 * a large matrix product by cuBLAS. Without cuBLAS the product is the backend's own and no ceiling.
 *
 * <p>{@link PeakBenchmark} measures the CPU's.
 */
public class DevicePeakBenchmark extends DeviceWorkload {
  /** Rows and columns of the square matrices; a copy moves one of them. */
  @Param({"least 64x64", "most 8192x8192"})
  public String shape;

  private Tensor a;
  private Tensor b;
  private Tensor out;

  /** A benchmark without memory yet. */
  public DevicePeakBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    int[] dims = NamedShape.of(shape).extents();
    a = inputs().uniform(dims);
    b = inputs().uniform(dims);
    out = empty(dims);
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    return method.equals("copy") ? Work.floats(2 * s.count()) : Work.flop(2 * s.count() * s.get(0));
  }

  // One array read, one written; 256 MiB each, which no cache holds.

  /**
   * A copy within the device.
   *
   * @return the copy
   */
  @Benchmark
  public Tensor copy() {
    backend().copy(a, out);
    return done(out);
  }

  // So large that nothing but multiplications counts.

  /**
   * {@code a b}.
   *
   * @return the product
   */
  @Benchmark
  public Tensor product() {
    backend().matmul().gemm(false, false, a, b, null, Activation.NONE, false, out);
    return done(out);
  }
}
