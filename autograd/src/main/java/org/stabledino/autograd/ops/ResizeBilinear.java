package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * Resizes feature maps by bilinear interpolation between pixel centres, without antialiasing; the
 * gradient spreads with the same four weights.
 */
public final class ResizeBilinear extends Function {
  private final Variable x;
  private final int height;
  private final int width;
  private final boolean alignCorners;

  private ResizeBilinear(Variable x, int height, int width, boolean alignCorners) {
    super(x);
    this.x = x;
    this.height = height;
    this.width = width;
    this.alignCorners = alignCorners;
  }

  /**
   * Bilinear resizing.
   *
   * @param x shape [N, H, W, C]
   * @param height of the result
   * @param width of the result
   * @param alignCorners whether centres of the corner pixels coincide, instead of the outer edges
   * @return shape [N, height, width, C]
   */
  public static Variable apply(Variable x, int height, int width, boolean alignCorners) {
    ShapeMismatchException.check("resizeBilinear", "x", x.data(), -1, -1, -1, -1);
    if (height < 1 || width < 1 || x.dim(1) < 1 || x.dim(2) < 1) {
      throw new IllegalArgumentException(
          "resizeBilinear: cannot make %s %d high and %d wide".formatted(x.shape(), height, width));
    }
    return new ResizeBilinear(x, height, width, alignCorners).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.dim(0), height, width, x.dim(3));
    backend().convolution().resizeBilinear(x.data(), alignCorners, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor gradX = empty(x.shape());
    backend().convolution().resizeBilinearBackward(gradOut, alignCorners, gradX);
    accumulate(x, gradX);
  }
}
