package org.stabledino.tensor;

/** Convolution, pooling and resizing behind a check of their arguments. */
record CheckedConvolution(ConvolutionKernels kernels) implements ConvolutionKernels {

  @Override
  public void conv2d(
      Tensor x, Tensor weight, Tensor bias, Window window, Activation activation, Tensor out) {
    Checks.floats("conv2d", "x weight bias out", x, weight, bias, out);
    Checks.rank("conv2d", "x", x, 4);
    weight("conv2d", "weight", weight, x.dim(3), window);
    Checks.shape("conv2d", "bias", bias, weight.dim(0));
    result("conv2d", "out", out, x, window, weight.dim(0));
    kernels.conv2d(x, weight, bias, window, activation, out);
  }

  @Override
  public void conv2dBackwardInput(Tensor gradOut, Tensor weight, Window window, Tensor gradX) {
    Checks.floats("conv2dBackwardInput", "gradOut weight gradX", gradOut, weight, gradX);
    Checks.rank("conv2dBackwardInput", "gradX", gradX, 4);
    weight("conv2dBackwardInput", "weight", weight, gradX.dim(3), window);
    result("conv2dBackwardInput", "gradOut", gradOut, gradX, window, weight.dim(0));
    kernels.conv2dBackwardInput(gradOut, weight, window, gradX);
  }

  @Override
  public void conv2dBackwardWeight(Tensor gradOut, Tensor x, Window window, Tensor gradWeight) {
    Checks.floats("conv2dBackwardWeight", "gradOut x gradWeight", gradOut, x, gradWeight);
    Checks.rank("conv2dBackwardWeight", "x", x, 4);
    weight("conv2dBackwardWeight", "gradWeight", gradWeight, x.dim(3), window);
    result("conv2dBackwardWeight", "gradOut", gradOut, x, window, gradWeight.dim(0));
    kernels.conv2dBackwardWeight(gradOut, x, window, gradWeight);
  }

  @Override
  public void maxPool2d(Tensor x, Window window, Tensor out, Tensor argmax) {
    Checks.floats("maxPool2d", "x out", x, out);
    Checks.type("maxPool2d", "argmax", argmax, DType.INT32, x);
    Checks.rank("maxPool2d", "x", x, 4);
    if (2 * window.padding() > window.kernel()) {
      throw Checks.wrong("maxPool2d", "window", "padded by at most half its kernel", window);
    }
    result("maxPool2d", "out", out, x, window, x.dim(3));
    Checks.shape("maxPool2d", "argmax", argmax, out.shape().dims());
    kernels.maxPool2d(x, window, out, argmax);
  }

  @Override
  public void maxPool2dBackward(Tensor gradOut, Tensor argmax, Tensor gradX) {
    Checks.floats("maxPool2dBackward", "gradOut gradX", gradOut, gradX);
    Checks.type("maxPool2dBackward", "argmax", argmax, DType.INT32, gradOut);
    Checks.rank("maxPool2dBackward", "gradX", gradX, 4);
    Checks.shape("maxPool2dBackward", "gradOut", gradOut, gradX.dim(0), -1, -1, gradX.dim(3));
    Checks.shape("maxPool2dBackward", "argmax", argmax, gradOut.shape().dims());
    kernels.maxPool2dBackward(gradOut, argmax, gradX);
  }

  @Override
  public void resizeBilinear(Tensor x, boolean alignCorners, Tensor out) {
    resize("resizeBilinear", "x", x, "out", out);
    kernels.resizeBilinear(x, alignCorners, out);
  }

  @Override
  public void resizeBilinearBackward(Tensor gradOut, boolean alignCorners, Tensor gradX) {
    resize("resizeBilinearBackward", "gradX", gradX, "gradOut", gradOut);
    kernels.resizeBilinearBackward(gradOut, alignCorners, gradX);
  }

  private static void weight(
      String op, String argument, Tensor weight, int channels, Window window) {
    Checks.shape(op, argument, weight, -1, channels, window.kernel(), window.kernel());
  }

  /** The result of sliding a window over a map, or its gradient. */
  private static void result(
      String op, String argument, Tensor out, Tensor map, Window window, int channels) {
    boolean fits =
        window.kernel() > 0
            && window.stride() > 0
            && window.padding() >= 0
            && Math.min(map.dim(1), map.dim(2)) + 2 * window.padding() >= window.kernel();
    if (!fits) {
      throw Checks.wrong(
          op, "window", "positive, and at most as large as the padded map " + map.shape(), window);
    }
    Checks.shape(
        op,
        argument,
        out,
        map.dim(0),
        window.output(map.dim(1)),
        window.output(map.dim(2)),
        channels);
  }

  private static void resize(
      String op, String mapName, Tensor map, String resizedName, Tensor resized) {
    Checks.floats(op, mapName + " " + resizedName, map, resized);
    Checks.rank(op, mapName, map, 4);
    if (map.dim(1) == 0 || map.dim(2) == 0) {
      throw Checks.mismatch(op, mapName, "of 1 pixel or more", map);
    }
    Checks.shape(op, resizedName, resized, map.dim(0), -1, -1, map.dim(3));
  }
}
