package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code y[b, i, :] = x[b, indices[b, i], :]}; the gradient of a row is the sum over all its uses.
 */
public final class GatherRows extends Function {
  private final Variable x;
  private final Tensor indices;

  private GatherRows(Variable x, Tensor indices) {
    super(x);
    this.x = x;
    this.indices = indices;
  }

  /**
   * Picks rows of each batch entry.
   *
   * @param x shape [B, N, C]
   * @param indices int32, shape [B, K], each in 0..N-1
   * @return shape [B, K, C]
   */
  public static Variable apply(Variable x, Tensor indices) {
    ShapeMismatchException.check("gatherRows", "x", x.data(), -1, -1, -1);
    ShapeMismatchException.check("gatherRows", "indices", indices, x.dim(0), -1);
    Types.check("gatherRows", "indices", indices, DType.INT32);
    return new GatherRows(x, indices).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.dim(0), indices.dim(1), x.dim(2));
    backend().indexing().gatherRows(x.data(), indices, y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulateInto(x, grad -> backend().indexing().scatterAddRows(gradOut, indices, grad));
  }
}
