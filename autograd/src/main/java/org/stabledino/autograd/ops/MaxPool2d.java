package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** The largest value of each channel in each window; the gradient goes to where it was. */
public final class MaxPool2d extends Function {
  private final Variable x;
  private final Window window;
  private Tensor argmax;

  private MaxPool2d(Variable x, Window window) {
    super(x);
    this.x = x;
    this.window = window;
  }

  /**
   * Max pooling.
   *
   * @param x shape [N, H, W, C]
   * @param kernel side of the window
   * @param stride step of the window
   * @param padding rows and columns on each side that never win; at most half the kernel
   * @return shape [N, Ho, Wo, C] with {@code Ho = (H + 2 padding - kernel) / stride + 1}
   */
  public static Variable apply(Variable x, int kernel, int stride, int padding) {
    ShapeMismatchException.check("maxPool2d", "x", x.data(), -1, -1, -1, -1);
    Windows.check("maxPool2d", x, kernel, stride, padding);
    if (2 * padding > kernel) {
      throw new IllegalArgumentException(
          "maxPool2d: padding must be at most half the kernel of %d but is %d"
              .formatted(kernel, padding));
    }
    return new MaxPool2d(x, new Window(kernel, stride, padding)).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.dim(0), window.output(x.dim(1)), window.output(x.dim(2)), x.dim(3));
    if (recorded()) {
      argmax = save(backend().empty(DType.INT32, y.shape()));
    }
    backend().convolution().maxPool2d(x.data(), window, y, argmax);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().convolution().maxPool2dBackward(gradOut, argmax, gradX);
    accumulate(x, gradX);
  }
}
