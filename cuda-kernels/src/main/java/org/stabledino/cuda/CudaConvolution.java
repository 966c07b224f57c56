package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.CONVOLUTION;
import static org.stabledino.cuda.Kernels.Source.MAPS;

import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.MixedPrecision;
import org.stabledino.tensor.Tensor;

/**
 * Launches of {@code convolution.cu} and {@code maps.cu}; a convolution of single pixels is a plain
 * product of [pixels, Cin] with the weight.
 */
final class CudaConvolution implements ConvolutionKernels {
  private static final int TILE = 64;

  /** Blocks that the sum over all windows is spread over, at most. */
  private static final int WEIGHT_BLOCKS = 512;

  /** Windows that one block of it should have at least. */
  private static final int LEAST_WINDOWS = 512;

  private final Kernels kernels;
  private final CudaMatmul matmul;
  private final Bfloat16 bfloat16;
  private final DeviceMemory memory;
  private final CudaElementwise elementwise;

  /** The family on a device; without cuBLAS, {@code bfloat16} is null. */
  CudaConvolution(
      Kernels kernels,
      CudaMatmul matmul,
      Bfloat16 bfloat16,
      DeviceMemory memory,
      CudaElementwise elementwise) {
    this.kernels = kernels;
    this.matmul = matmul;
    this.bfloat16 = bfloat16;
    this.memory = memory;
    this.elementwise = elementwise;
  }

  /** The structure Geometry of convolution.cu. */
  private static int[] geometry(Tensor x, int outputs, Window window) {
    int rows = window.output(x.dim(1));
    int columns = window.output(x.dim(2));
    return new int[] {
      x.dim(0),
      x.dim(1),
      x.dim(2),
      x.dim(3),
      rows,
      columns,
      outputs,
      window.kernel(),
      window.stride(),
      window.padding()
    };
  }

  /** Whether cuBLAS multiplies rounded windows; it takes no empty sums. */
  private boolean rounds(Tensor windows, Tensor weight) {
    return bfloat16 != null && MixedPrecision.active() && windows.size() > 0 && weight.size() > 0;
  }

  private static boolean pixelwise(Window window) {
    return window.kernel() == 1 && window.stride() == 1 && window.padding() == 0;
  }

  private static Tensor flat(Tensor map) {
    return map.reshape(map.size() / Math.max(1, map.dim(3)), map.dim(3));
  }

  @Override
  public void conv2d(
      Tensor x, Tensor weight, Tensor bias, Window window, Activation activation, Tensor out) {
    int outputs = weight.dim(0);
    int k = window.kernel();
    int[] geometry = geometry(x, outputs, window);
    if (pixelwise(window)) {
      Tensor matrix = weight.reshape(outputs, x.dim(3));
      matmul.gemm(false, true, flat(x), matrix, bias, activation, false, flat(out));
      return;
    }
    if (rounds(out, weight)) {
      bfloat16.conv2d(x, weight, geometry, flat(out));
      CudaElementwise.finish(kernels, bias, activation, out);
      return;
    }
    int pixels = out.size() / Math.max(1, outputs);
    kernels.launch(
        CONVOLUTION,
        "conv2d",
        new Grid(Grid.ceil(pixels, TILE), Grid.ceil(outputs, TILE), 1, 256, 1),
        x,
        weight,
        bias,
        geometry,
        activation == Activation.RELU ? 1 : 0,
        out);
  }

  @Override
  public void conv2dBackwardInput(Tensor gradOut, Tensor weight, Window window, Tensor gradX) {
    int outputs = weight.dim(0);
    int inputs = gradX.dim(3);
    int k = window.kernel();
    int[] geometry = geometry(gradX, outputs, window);
    if (pixelwise(window)) {
      Tensor matrix = weight.reshape(outputs, inputs);
      matmul.gemm(false, false, flat(gradOut), matrix, null, Activation.NONE, false, flat(gradX));
      return;
    }
    if (rounds(gradX, weight)) {
      bfloat16.conv2dBackwardInput(gradOut, weight, geometry, flat(gradX));
      return;
    }
    int pixels = gradX.size() / Math.max(1, inputs);
    kernels.launch(
        CONVOLUTION,
        "conv2dBackwardInput",
        new Grid(Grid.ceil(pixels, TILE), Grid.ceil(inputs, TILE), 1, 256, 1),
        gradOut,
        weight,
        geometry,
        gradX);
  }

  @Override
  public void conv2dBackwardWeight(Tensor gradOut, Tensor x, Window window, Tensor gradWeight) {
    int outputs = gradWeight.dim(0);
    int inputs = x.dim(3);
    int k = window.kernel();
    int[] geometry = geometry(x, outputs, window);
    if (pixelwise(window)) {
      Tensor matrix = gradWeight.reshape(outputs, inputs);
      matmul.gemm(true, false, flat(gradOut), flat(x), null, Activation.NONE, false, matrix);
      return;
    }
    if (rounds(gradOut, gradWeight)) {
      bfloat16.conv2dBackwardWeight(flat(gradOut), x, geometry, gradWeight);
      return;
    }
    int windows = gradOut.size() / Math.max(1, outputs);
    int across = Grid.ceil((long) inputs * k * k, TILE);
    int down = Grid.ceil(outputs, TILE);
    int wanted = Math.max(1, WEIGHT_BLOCKS / Math.max(1, across * down));
    int chunk = Math.max(LEAST_WINDOWS, Grid.ceil(windows, wanted));
    int chunks = Math.max(1, Grid.ceil(windows, chunk));
    try (DeviceMemory.Block partial = memory.take(4L * chunks * gradWeight.size())) {
      Grid grid = new Grid(across, down, chunks, 256, 1);
      kernels.launch(
          CONVOLUTION, "conv2dBackwardWeight", grid, gradOut, x, geometry, chunk, partial);
      int n = gradWeight.size();
      kernels.launch(CONVOLUTION, "sumChunks", Grid.over(n), partial, chunks, gradWeight, n);
    }
  }

  @Override
  public void maxPool2d(Tensor x, Window window, Tensor out, Tensor argmax) {
    int rows = window.output(x.dim(1));
    int columns = window.output(x.dim(2));
    kernels.launch(
        MAPS,
        "maxPool2d",
        Grid.over(out.size()),
        x,
        x.dim(1),
        x.dim(2),
        x.dim(3),
        rows,
        columns,
        window.kernel(),
        window.stride(),
        window.padding(),
        out,
        argmax,
        out.size());
  }

  @Override
  public void maxPool2dBackward(Tensor gradOut, Tensor argmax, Tensor gradX) {
    elementwise.fill(gradX, 0f);
    kernels.launch(
        MAPS,
        "maxPool2dBackward",
        Grid.over(gradOut.size()),
        gradOut,
        argmax,
        gradOut.dim(1) * gradOut.dim(2),
        gradX.dim(1) * gradX.dim(2),
        gradOut.dim(3),
        gradX,
        gradOut.size());
  }

  @Override
  public void resizeBilinear(Tensor x, boolean alignCorners, Tensor out) {
    resize("resizeBilinear", x, x, out, alignCorners, out);
  }

  @Override
  public void resizeBilinearBackward(Tensor gradOut, boolean alignCorners, Tensor gradX) {
    resize("resizeBilinearBackward", gradOut, gradX, gradOut, alignCorners, gradX);
  }

  /** Both directions: from the small map's extents to the result's, one thread per element. */
  private void resize(
      String op, Tensor source, Tensor from, Tensor to, boolean alignCorners, Tensor target) {
    kernels.launch(
        MAPS,
        op,
        Grid.over(target.size()),
        source,
        from.dim(1),
        from.dim(2),
        from.dim(3),
        to.dim(1),
        to.dim(2),
        alignCorners ? 1 : 0,
        target,
        target.size());
  }
}
