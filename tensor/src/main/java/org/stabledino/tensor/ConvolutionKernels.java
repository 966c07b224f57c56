package org.stabledino.tensor;

/**
 * Convolution, pooling and resizing. Feature maps are NHWC: [N, H, W, C]; weights keep the official
 * layout [Cout, Cin, kh, kw].
 */
public interface ConvolutionKernels {

  /**
   * The geometry of a convolution or a pooling, the same in both directions.
   *
   * @param kernel side of the window
   * @param stride step of the window
   * @param padding zeros (for pooling: minus infinity) around the map
   */
  record Window(int kernel, int stride, int padding) {
    /**
     * The extent of the result.
     *
     * @param input extent of the argument
     * @return how many windows fit
     */
    public int output(int input) {
      return (input + 2 * padding - kernel) / stride + 1;
    }
  }

  /**
   * Convolution (correlation, as everywhere in the field).
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin, k, k]
   * @param bias shape [Cout]; nullable
   * @param window kernel, stride and padding
   * @param activation applied last
   * @param out shape [N, Ho, Wo, Cout]
   */
  void conv2d(
      Tensor x, Tensor weight, Tensor bias, Window window, Activation activation, Tensor out);

  /**
   * The gradient of {@link #conv2d} with respect to its input.
   *
   * @param gradOut shape [N, Ho, Wo, Cout]
   * @param weight shape [Cout, Cin, k, k]
   * @param window kernel, stride and padding
   * @param gradX output, shape [N, H, W, Cin]
   */
  void conv2dBackwardInput(Tensor gradOut, Tensor weight, Window window, Tensor gradX);

  /**
   * The gradient of {@link #conv2d} with respect to its weight. (That of the bias is a sum.)
   *
   * @param gradOut shape [N, Ho, Wo, Cout]
   * @param x shape [N, H, W, Cin]
   * @param window kernel, stride and padding
   * @param gradWeight output, shape [Cout, Cin, k, k]
   */
  void conv2dBackwardWeight(Tensor gradOut, Tensor x, Window window, Tensor gradWeight);

  /**
   * Max pooling; padding never wins.
   *
   * @param x shape [N, H, W, C]
   * @param window kernel, stride and padding
   * @param out shape [N, Ho, Wo, C]
   * @param argmax int32 output like out: y * W + x of the (first) winner; nullable
   */
  void maxPool2d(Tensor x, Window window, Tensor out, Tensor argmax);

  /**
   * The gradient of {@link #maxPool2d}.
   *
   * @param gradOut shape [N, Ho, Wo, C]
   * @param argmax what the forward pass stored
   * @param gradX output, shape [N, H, W, C]
   */
  void maxPool2dBackward(Tensor gradOut, Tensor argmax, Tensor gradX);

  /**
   * Bilinear resizing, as PyTorch's {@code interpolate(mode="bilinear")}: no antialiasing.
   *
   * @param x shape [N, H, W, C]
   * @param alignCorners whether corner centres coincide, instead of corner edges
   * @param out shape [N, Ho, Wo, C]
   */
  void resizeBilinear(Tensor x, boolean alignCorners, Tensor out);

  /**
   * The gradient of {@link #resizeBilinear}.
   *
   * @param gradOut shape [N, Ho, Wo, C]
   * @param alignCorners as in the forward pass
   * @param gradX output, shape [N, H, W, C]
   */
  void resizeBilinearBackward(Tensor gradOut, boolean alignCorners, Tensor gradX);
}
