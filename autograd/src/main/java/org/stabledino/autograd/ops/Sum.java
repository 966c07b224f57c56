package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** {@code y = sum of x over some axes}; the gradient is stretched back over them. */
public final class Sum extends Function {
  private final Variable x;
  private final Shape kept;
  private final Shape shape;

  private Sum(Variable x, Shape kept, Shape shape) {
    super(x);
    this.x = x;
    this.kept = kept;
    this.shape = shape;
  }

  /**
   * The sum of all elements.
   *
   * @param x any shape
   * @return a scalar
   */
  public static Variable apply(Variable x) {
    int[] ones = new int[x.rank()];
    java.util.Arrays.fill(ones, 1);
    return new Sum(x, Shape.of(ones), Shape.of()).run();
  }

  /**
   * The sum over some axes.
   *
   * @param x any shape
   * @param keepDims whether those axes stay, with extent 1
   * @param axes which, from 0, or from -1 counted from the innermost
   * @return x's shape without (or with 1 in) the axes
   */
  public static Variable apply(Variable x, boolean keepDims, int... axes) {
    boolean[] summed = new boolean[x.rank()];
    for (int axis : axes) {
      summed[x.shape().axis(axis)] = true;
    }
    int[] kept = x.shape().dims();
    int[] rest = new int[kept.length];
    int rank = 0;
    for (int i = 0; i < kept.length; i++) {
      if (summed[i]) {
        kept[i] = 1;
      } else {
        rest[rank++] = kept[i];
      }
    }
    Shape keptShape = Shape.of(kept);
    Shape shape = keepDims ? keptShape : Shape.of(java.util.Arrays.copyOf(rest, rank));
    return new Sum(x, keptShape, shape).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(kept);
    backend().indexing().sumTo(x.data(), y);
    return y.reshape(shape);
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulate(x, Broadcasting.expand(gradOut.reshape(kept), x.shape()));
  }
}
