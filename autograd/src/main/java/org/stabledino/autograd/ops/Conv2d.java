package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code y[n, i, j, o] = b[o] + sum over u, v, c of w[o, c, u, v] x[n, s i + u - p, s j + v - p,
 * c]} with stride s and p rows and columns of zeros around the map.
 *
 * <p>The gradient of x is the transposed convolution of that of y, the gradient of w the
 * correlation of x with it, and the gradient of b its sum over images and positions.
 */
public final class Conv2d extends Function {
  private final Variable x;
  private final Variable weight;
  private final Variable bias;
  private final Window window;
  private final Activation activation;

  private Conv2d(Variable x, Variable weight, Variable bias, Window window, Activation activation) {
    super(x, weight, bias);
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.window = window;
    this.activation = activation;
  }

  /**
   * Two-dimensional convolution.
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin, k, k]
   * @param bias shape [Cout]; nullable
   * @param stride step of the window
   * @param padding rows and columns of zeros on each side
   * @return shape [N, Ho, Wo, Cout] with {@code Ho = (H + 2 padding - k) / stride + 1}
   */
  public static Variable apply(
      Variable x, Variable weight, Variable bias, int stride, int padding) {
    return apply(x, weight, bias, stride, padding, Activation.NONE);
  }

  /**
   * Two-dimensional convolution and what follows it, in one pass.
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin, k, k]
   * @param bias shape [Cout]; nullable
   * @param stride step of the window
   * @param padding rows and columns of zeros on each side
   * @param activation applied to the sums
   * @return shape [N, Ho, Wo, Cout]
   */
  public static Variable apply(
      Variable x, Variable weight, Variable bias, int stride, int padding, Activation activation) {
    ShapeMismatchException.check("conv2d", "x", x.data(), -1, -1, -1, -1);
    int kernel = weight.rank() == 4 ? weight.dim(2) : 1;
    ShapeMismatchException.check("conv2d", "weight", weight.data(), -1, x.dim(3), kernel, kernel);
    if (bias != null) {
      ShapeMismatchException.check("conv2d", "bias", bias.data(), weight.dim(0));
    }
    Windows.check("conv2d", x, kernel, stride, padding);
    return new Conv2d(x, weight, bias, new Window(kernel, stride, padding), activation).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.dim(0), window.output(x.dim(1)), window.output(x.dim(2)), weight.dim(0));
    backend()
        .convolution()
        .conv2d(x.data(), weight.data(), bias == null ? null : bias.data(), window, activation, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor grad = gradOut;
    if (activation == Activation.RELU) {
      grad = empty(gradOut.shape());
      // 1 exactly where the result is positive, so the sums need not be kept.
      backend().elementwise().unaryBackward(Unary.RELU, result(), result(), gradOut, grad);
    }
    if (needsGrad(x)) {
      Tensor gradX = empty(x.shape());
      backend().convolution().conv2dBackwardInput(grad, weight.data(), window, gradX);
      accumulate(x, gradX);
    }
    if (needsGrad(weight)) {
      Tensor gradWeight = empty(weight.shape());
      backend().convolution().conv2dBackwardWeight(grad, x.data(), window, gradWeight);
      accumulate(weight, gradWeight);
    }
    if (needsGrad(bias)) {
      Tensor gradBias = empty(bias.shape());
      backend().indexing().sumTo(grad, gradBias);
      accumulate(bias, gradBias);
    }
    if (grad != gradOut) {
      discard(grad);
    }
  }
}
