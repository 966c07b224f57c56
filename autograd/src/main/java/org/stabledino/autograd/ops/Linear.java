package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code Y = X W^T + b}, optionally with ReLU, for every row of X.
 *
 * <p>With {@code G = dY} (zeroed where a ReLU gave 0): {@code dX = G W}, {@code dW = G^T X} and
 * {@code db} is the sum of G's rows.
 */
public final class Linear extends Function {
  private final Variable x;
  private final Variable weight;
  private final Variable bias;
  private final Activation activation;
  private final int rows;

  private Linear(Variable x, Variable weight, Variable bias, Activation activation) {
    super(x, weight, bias);
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.activation = activation;
    this.rows = x.shape().count(0, x.rank() - 1);
  }

  /**
   * {@code activation(x W^T + b)}.
   *
   * @param x shape [..., in]
   * @param weight shape [out, in]
   * @param bias shape [out]; nullable
   * @param activation applied last
   * @return shape [..., out]
   */
  public static Variable apply(Variable x, Variable weight, Variable bias, Activation activation) {
    if (x.rank() == 0) {
      throw new ShapeMismatchException("linear", "x", "[..., in]", x.shape().toString(), "");
    }
    ShapeMismatchException.check("linear", "weight", weight.data(), -1, x.dim(-1));
    if (bias != null) {
      ShapeMismatchException.check("linear", "bias", bias.data(), weight.dim(0));
    }
    return new Linear(x, weight, bias, activation).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(x.shape().with(-1, weight.dim(0)));
    backend()
        .matmul()
        .gemm(
            false,
            true,
            matrix(x.data()),
            weight.data(),
            bias == null ? null : bias.data(),
            activation,
            false,
            matrix(y));
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    Tensor grad = gradOut;
    if (activation == Activation.RELU) {
      grad = empty(gradOut.shape());
      backend().elementwise().unaryBackward(Unary.RELU, result(), result(), gradOut, grad);
    }
    Tensor rowsOfGrad = matrix(grad);
    if (hasOwnGradient(x)) {
      accumulateInto(x, gradX -> product(false, rowsOfGrad, weight.data(), true, matrix(gradX)));
    } else if (needsGrad(x)) {
      Tensor gradX = empty(x.shape());
      product(false, rowsOfGrad, weight.data(), false, matrix(gradX));
      accumulate(x, gradX);
    }
    accumulateInto(
        weight, gradWeight -> product(true, rowsOfGrad, matrix(x.data()), true, gradWeight));
    if (needsGrad(bias)) {
      Tensor gradBias = empty(bias.shape());
      backend().indexing().sumTo(rowsOfGrad, gradBias);
      accumulate(bias, gradBias);
    }
    if (grad != gradOut) {
      discard(grad);
    }
  }

  private void product(boolean transpose, Tensor a, Tensor b, boolean add, Tensor out) {
    backend().matmul().gemm(transpose, false, a, b, null, Activation.NONE, add, out);
  }

  /** The tensor as one matrix of all its rows. */
  private Tensor matrix(Tensor tensor) {
    return tensor.reshape(Shape.of(rows, tensor.dim(-1)));
  }
}
