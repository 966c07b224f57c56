package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.BROADCAST;
import static org.stabledino.cuda.Kernels.Source.ELEMENTWISE;

import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Launches of {@code elementwise.cu} and {@code broadcast.cu}. */
final class CudaElementwise implements ElementwiseKernels {
  private final CudaContext context;
  private final Kernels kernels;

  /** The family on a device. */
  CudaElementwise(CudaContext context, Kernels kernels) {
    this.context = context;
    this.kernels = kernels;
  }

  @Override
  public void unary(Unary op, Tensor x, Tensor out) {
    int n = x.size();
    kernels.launch(ELEMENTWISE, "unary", Grid.over(n), op.ordinal(), x, out, n);
  }

  @Override
  public void unaryBackward(Unary op, Tensor x, Tensor y, Tensor gradOut, Tensor gradX) {
    int n = x.size();
    kernels.launch(
        ELEMENTWISE, "unaryBackward", Grid.over(n), op.ordinal(), x, y, gradOut, gradX, n);
  }

  @Override
  public void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    Shape shape = a.shape().broadcast(b.shape());
    int[] walk = Walk.broadcast(shape, a.shape(), b.shape()).words(2);
    kernels.launch(
        BROADCAST, "binary", Grid.over(shape.size()), op.ordinal(), a, b, out, walk, shape.size());
  }

  @Override
  public void affine(Tensor x, float scale, float shift, Tensor out) {
    int n = x.size();
    kernels.launch(ELEMENTWISE, "affine", Grid.over(n), x, scale, shift, out, n);
  }

  @Override
  public void axpy(float alpha, Tensor x, Tensor y) {
    int n = x.size();
    kernels.launch(ELEMENTWISE, "axpy", Grid.over(n), alpha, x, y, n);
  }

  @Override
  public void power(Tensor x, float exponent, Tensor out) {
    int n = x.size();
    kernels.launch(ELEMENTWISE, "power", Grid.over(n), x, exponent, out, n);
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    int n = x.size();
    kernels.launch(ELEMENTWISE, "clampTo", Grid.over(n), x, low, high, out, n);
  }

  @Override
  public void clampBackward(Tensor x, float low, float high, Tensor gradOut, Tensor gradX) {
    int n = x.size();
    kernels.launch(ELEMENTWISE, "clampBackward", Grid.over(n), x, low, high, gradOut, gradX, n);
  }

  @Override
  public void maskedFill(Tensor x, Tensor mask, float value, Tensor out) {
    int n = x.size();
    int covered = n / Math.max(1, mask.size());
    kernels.launch(ELEMENTWISE, "maskedFill", Grid.over(n), x, mask, covered, value, out, n);
  }

  @Override
  public void addRelu(Tensor a, Tensor b, Tensor out) {
    int n = a.size();
    kernels.launch(ELEMENTWISE, "addRelu", Grid.over(n), a, b, out, n);
  }

  @Override
  public void channelAffine(Tensor x, Tensor scale, Tensor shift, boolean relu, Tensor out) {
    int channels = x.dim(-1);
    int n = x.size();
    kernels.launch(
        ELEMENTWISE,
        "channelAffine",
        Grid.over(n),
        x,
        scale,
        shift,
        channels,
        relu ? 1 : 0,
        out,
        n);
  }

  @Override
  public void sineCode(Tensor x, Tensor periods, Tensor out) {
    int pairs = periods.size() / 2;
    Grid grid = Grid.over((long) x.size() * pairs);
    kernels.launch(ELEMENTWISE, "sineCode", grid, x, periods, pairs, out, x.size());
  }

  /** {@code out = activation(out + bias)}: what a product of cuBLAS leaves to be done. */
  static void finish(Kernels kernels, Tensor bias, Activation activation, Tensor out) {
    if (bias != null || activation == Activation.RELU) {
      int relu = activation == Activation.RELU ? 1 : 0;
      kernels.launch(
          ELEMENTWISE,
          "channelAffine",
          Grid.over(out.size()),
          out,
          null,
          bias,
          out.dim(-1),
          relu,
          out,
          out.size());
    }
  }

  @Override
  public void fill(Tensor x, float value) {
    if (x.size() > 0) {
      context.bind();
      Driver.check(
          JCudaDriver.cuMemsetD32Async(
              Kernels.pointer(x), Float.floatToRawIntBits(value), x.size(), context.stream()),
          "fill",
          x);
    }
  }

  @Override
  public void dropout(long key, long first, float rate, Tensor out) {
    int n = out.size();
    float factor = 1 / (1 - rate);
    kernels.launch(ELEMENTWISE, "dropout", Grid.over(n), key, first, rate, factor, out, n);
  }
}
