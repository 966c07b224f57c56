package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.Tensor;

/** Convolution on the CPU; pooling and resizing are in {@link Pooling} and {@link Resizing}. */
final class CpuConvolution implements ConvolutionKernels {
  /** Input channels from which on the gradient of a 1x1 weight is a product like others. */
  private static final int WIDE = 128;

  private final TileLoops tileLoops;
  private final WinogradLoops winogradLoops;
  private final Parallel pool;
  private final Gemm gemm;
  private final WeightGradient weightGradient;
  private final Pooling pooling;
  private final Resizing resizing;

  /** The family by these loops, on these threads. */
  CpuConvolution(CpuProvider provider, Parallel pool) {
    this.tileLoops = provider.tiles();
    this.winogradLoops = provider.winograd();
    this.pool = pool;
    gemm = new Gemm(tileLoops, pool);
    weightGradient = new WeightGradient(provider.rows(), tileLoops, pool);
    pooling = new Pooling(provider.maps(), pool);
    resizing = new Resizing(provider.maps(), pool);
  }

  @Override
  public void conv2d(
      Tensor x, Tensor weight, Tensor bias, Window window, Activation activation, Tensor out) {
    int kernel = window.kernel();
    int channels = x.dim(3);
    int outputs = out.dim(3);
    if (out.size() == 0) {
      return;
    }
    if (pointwise(window)) {
      float[] shift = bias == null ? null : bias.floats();
      int shiftAt = bias == null ? 0 : bias.offset();
      product(false, true, out.size() / outputs, x, weight, out, shift, shiftAt, activation);
      return;
    }
    int[] taps = new int[kernel * kernel];
    for (int tap = 0; tap < taps.length; tap++) {
      taps[tap] = tap;
    }
    new Correlation(
            x.floats(),
            x.offset(),
            x.dim(0),
            x.dim(1),
            x.dim(2),
            out.dim(1),
            out.dim(2),
            window.stride(),
            kernel,
            kernel,
            window.padding(),
            window.padding(),
            new Filter(
                weight.floats(),
                weight.offset(),
                taps,
                taps.length,
                channels,
                channels * taps.length,
                outputs),
            bias == null ? null : bias.floats(),
            bias == null ? 0 : bias.offset(),
            activation == Activation.RELU,
            out.floats(),
            out.offset(),
            out.dim(1) * out.dim(2) * outputs,
            out.dim(2) * outputs,
            outputs)
        .run(tileLoops, winogradLoops, pool);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The positions of gradX whose coordinates have the same remainders by the stride see the same
   * taps: each such phase is a correlation of gradOut, stride 1, with every stride-th tap in
   * reverse.
   */
  @Override
  public void conv2dBackwardInput(Tensor gradOut, Tensor weight, Window window, Tensor gradX) {
    int stride = window.stride();
    int height = gradX.dim(1);
    int width = gradX.dim(2);
    if (gradX.size() == 0) {
      return;
    }
    if (pointwise(window)) {
      int positions = gradX.size() / gradX.dim(3);
      product(false, false, positions, gradOut, weight, gradX, null, 0, Activation.NONE);
      return;
    }
    if (window.kernel() < stride || gradOut.size() == 0) {
      pool.run( // some phases have no tap at all
          gradX.size(),
          1 << 16,
          (from, to) ->
              Arrays.fill(gradX.floats(), gradX.offset() + from, gradX.offset() + to, 0f));
    }
    for (int py = 0; py < Math.min(stride, height); py++) {
      for (int px = 0; px < Math.min(stride, width); px++) {
        phase(gradOut, weight, window, gradX, py, px);
      }
    }
  }

  private void phase(Tensor gradOut, Tensor weight, Window window, Tensor gradX, int py, int px) {
    int kernel = window.kernel();
    int stride = window.stride();
    int outputs = gradX.dim(3);
    int channels = gradOut.dim(3);
    int ky = (py + window.padding()) % stride;
    int kx = (px + window.padding()) % stride;
    if (ky >= kernel || kx >= kernel || gradOut.size() == 0) {
      return;
    }
    int tapRows = (kernel - ky + stride - 1) / stride;
    int tapColumns = (kernel - kx + stride - 1) / stride;
    int[] taps = new int[tapRows * tapColumns];
    for (int tap = 0; tap < taps.length; tap++) {
      int row = ky + (tapRows - 1 - tap / tapColumns) * stride;
      taps[tap] = row * kernel + kx + (tapColumns - 1 - tap % tapColumns) * stride;
    }
    int area = kernel * kernel;
    new Correlation(
            gradOut.floats(),
            gradOut.offset(),
            gradOut.dim(0),
            gradOut.dim(1),
            gradOut.dim(2),
            (gradX.dim(1) - py + stride - 1) / stride,
            (gradX.dim(2) - px + stride - 1) / stride,
            1,
            tapRows,
            tapColumns,
            tapRows - 1 - (py + window.padding() - ky) / stride,
            tapColumns - 1 - (px + window.padding() - kx) / stride,
            new Filter(
                weight.floats(), weight.offset(), taps, outputs * area, channels, area, outputs),
            null,
            0,
            false,
            gradX.floats(),
            gradX.offset() + (py * gradX.dim(2) + px) * outputs,
            gradX.dim(1) * gradX.dim(2) * outputs,
            stride * gradX.dim(2) * outputs,
            stride * outputs)
        .run(tileLoops, winogradLoops, pool);
  }

  @Override
  public void conv2dBackwardWeight(Tensor gradOut, Tensor x, Window window, Tensor gradWeight) {
    if (pointwise(window) && x.dim(3) >= WIDE && gradWeight.size() > 0) {
      product(true, false, gradOut.dim(3), gradOut, x, gradWeight, null, 0, Activation.NONE);
    } else {
      weightGradient.run(gradOut, x, window, gradWeight);
    }
  }

  /** Whether each position sees itself alone: then positions are the rows of a matrix. */
  private static boolean pointwise(Window window) {
    return window.kernel() == 1 && window.stride() == 1 && window.padding() == 0;
  }

  /** The product of maps and weights as the matrices they are, with m rows. */
  private void product(
      boolean transposeA,
      boolean transposeB,
      int m,
      Tensor a,
      Tensor b,
      Tensor out,
      float[] bias,
      int biasAt,
      Activation activation) {
    int n = out.size() / m;
    int k = a.size() / m;
    gemm.multiply(
        transposeA,
        transposeB,
        m,
        n,
        k,
        a.floats(),
        a.offset(),
        transposeA ? m : k,
        b.floats(),
        b.offset(),
        transposeB ? k : n,
        out.floats(),
        out.offset(),
        n,
        bias,
        biasAt,
        activation,
        false);
  }

  @Override
  public void maxPool2d(Tensor x, Window window, Tensor out, Tensor argmax) {
    pooling.forward(x, window, out, argmax);
  }

  @Override
  public void maxPool2dBackward(Tensor gradOut, Tensor argmax, Tensor gradX) {
    pooling.backward(gradOut, argmax, gradX);
  }

  @Override
  public void resizeBilinear(Tensor x, boolean alignCorners, Tensor out) {
    resizing.forward(x, alignCorners, out);
  }

  @Override
  public void resizeBilinearBackward(Tensor gradOut, boolean alignCorners, Tensor gradX) {
    resizing.backward(gradOut, alignCorners, gradX);
  }
}
