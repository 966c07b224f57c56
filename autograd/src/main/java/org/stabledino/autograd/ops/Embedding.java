package org.stabledino.autograd.ops;

import java.util.Arrays;
import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** {@code y[.., :] = weight[indices[..], :]}; the gradient of a row is the sum over its uses. */
public final class Embedding extends Function {
  private final Variable weight;
  private final Tensor indices;

  private Embedding(Variable weight, Tensor indices) {
    super(weight);
    this.weight = weight;
    this.indices = indices;
  }

  /**
   * Looks rows up.
   *
   * @param weight shape [N, C]
   * @param indices int32, any shape, each in 0..N-1
   * @return the shape of the indices, then C
   */
  public static Variable apply(Variable weight, Tensor indices) {
    ShapeMismatchException.check("embedding", "weight", weight.data(), -1, -1);
    Types.check("embedding", "indices", indices, DType.INT32);
    return new Embedding(weight, indices).run();
  }

  @Override
  protected Tensor forward() {
    int[] dims = Arrays.copyOf(indices.shape().dims(), indices.rank() + 1);
    dims[indices.rank()] = weight.dim(1);
    Tensor y = empty(Shape.of(dims));
    backend().indexing().gatherRows(asBatch(weight.data()), flat(), rows(y));
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    accumulateInto(
        weight, grad -> backend().indexing().scatterAddRows(rows(gradOut), flat(), asBatch(grad)));
  }

  private Tensor flat() {
    return indices.reshape(Shape.of(1, indices.size()));
  }

  private Tensor rows(Tensor y) {
    return y.reshape(Shape.of(1, indices.size(), weight.dim(1)));
  }

  private Tensor asBatch(Tensor table) {
    return table.reshape(Shape.of(1, weight.dim(0), weight.dim(1)));
  }
}
