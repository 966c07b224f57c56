package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.BFLOAT16;

import org.stabledino.tensor.Tensor;

/**
 * Products of operands rounded to bfloat16 ({@code bfloat16.cu}), by cuBLAS on the tensor cores.
 *
 * <p>Rounded copies live for one call. A convolution's matrix of windows, which in float32 is only
 * looked up, is written down here, in parts that are read again at once.
 */
final class Bfloat16 {
  /** Bytes of windows at a time: they should still be in the second-level cache when read. */
  private static final int WINDOW_BYTES = 1 << 25;

  private final Kernels kernels;
  private final DeviceMemory memory;
  private final Blas blas;
  private final int windowBytes;

  /** Products on a device. */
  Bfloat16(Kernels kernels, DeviceMemory memory, Blas blas) {
    this(kernels, memory, blas, WINDOW_BYTES);
  }

  /** Products with this many bytes of windows at a time, for tests. */
  Bfloat16(Kernels kernels, DeviceMemory memory, Blas blas, int windowBytes) {
    this.kernels = kernels;
    this.memory = memory;
    this.blas = blas;
    this.windowBytes = windowBytes;
  }

  private DeviceMemory.Block take(long elements) {
    return memory.take(2 * elements);
  }

  private DeviceMemory.Block round(Tensor x) {
    DeviceMemory.Block rounded = take(x.size());
    kernels.launch(BFLOAT16, "toBfloat16", Grid.over(x.size()), x, rounded, x.size());
    return rounded;
  }

  /** Like {@link Blas#gemm}, of rounded operands. */
  void gemm(
      boolean transposeA,
      boolean transposeB,
      int batch,
      int m,
      int n,
      int k,
      float alpha,
      Tensor a,
      Tensor b,
      float beta,
      Tensor c) {
    try (DeviceMemory.Block left = round(a);
        DeviceMemory.Block right = round(b)) {
      blas.gemmBfloat16(
          transposeA, transposeB, batch, m, n, k, alpha, left.at(0), right.at(0), beta, c);
    }
  }

  /** How many rows of a matrix of windows make a part. */
  private int rowsAtATime(int columns) {
    return Math.max(1, windowBytes / 2 / columns);
  }

  /**
   * The convolution without bias: windows times weight.
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin, k, k]
   * @param geometry the structure Geometry of windows.cuh
   * @param out shape [N Ho Wo, Cout]
   */
  void conv2d(Tensor x, Tensor weight, int[] geometry, Tensor out) {
    try (DeviceMemory.Block right = round(weight)) {
      windowsTimes(right, true, "windows", x, geometry, weight.size() / weight.dim(0), out);
    }
  }

  /**
   * The gradient of its input: for each pixel the gradients of the windows that read it, times the
   * weight.
   *
   * @param gradOut shape [N, Ho, Wo, Cout]
   * @param weight shape [Cout, Cin, k, k]
   * @param geometry the structure Geometry of windows.cuh
   * @param gradX output, shape [N H W, Cin]
   */
  void conv2dBackwardInput(Tensor gradOut, Tensor weight, int[] geometry, Tensor gradX) {
    int n = weight.size();
    try (DeviceMemory.Block right = take(n)) {
      kernels.launch(BFLOAT16, "weightByTap", Grid.over(n), weight, geometry, right, n);
      windowsTimes(right, false, "readers", gradOut, geometry, n / weight.dim(1), gradX);
    }
  }

  /** Part after part, the windows that a kernel writes down, times a matrix. */
  private void windowsTimes(
      DeviceMemory.Block right,
      boolean transposed,
      String kernel,
      Tensor map,
      int[] geometry,
      int columns,
      Tensor out) {
    int part = Math.min(out.dim(0), rowsAtATime(columns));
    try (DeviceMemory.Block windows = take((long) part * columns)) {
      for (int first = 0; first < out.dim(0); first += part) {
        int rows = Math.min(part, out.dim(0) - first);
        windows(kernel, map, geometry, first, rows * columns, windows);
        blas.gemmBfloat16(
            false,
            transposed,
            1,
            rows,
            out.dim(1),
            columns,
            1f,
            windows.at(0),
            right.at(0),
            0f,
            out.narrow(first, first + rows));
      }
    }
  }

  /**
   * The gradient of its weight: the gradient, transposed, times the windows.
   *
   * @param gradOut shape [N Ho Wo, Cout]
   * @param x shape [N, H, W, Cin]
   * @param geometry the structure Geometry of windows.cuh
   * @param gradWeight output, shape [Cout, Cin, k, k]
   */
  void conv2dBackwardWeight(Tensor gradOut, Tensor x, int[] geometry, Tensor gradWeight) {
    int outputs = gradWeight.dim(0);
    int columns = gradWeight.size() / outputs;
    int part = Math.min(gradOut.dim(0), rowsAtATime(columns));
    try (DeviceMemory.Block left = round(gradOut);
        DeviceMemory.Block windows = take((long) part * columns)) {
      for (int first = 0; first < gradOut.dim(0); first += part) {
        int rows = Math.min(part, gradOut.dim(0) - first);
        windows("windows", x, geometry, first, rows * columns, windows);
        blas.gemmBfloat16(
            true,
            false,
            1,
            outputs,
            columns,
            rows,
            1f,
            left.at(2L * first * outputs),
            windows.at(0),
            first == 0 ? 0f : 1f,
            gradWeight);
      }
    }
  }

  private void windows(
      String kernel, Tensor map, int[] geometry, int first, int n, DeviceMemory.Block out) {
    kernels.launch(BFLOAT16, kernel, Grid.over(n), map, geometry, first, out, n);
  }
}
