package org.stabledino.autograd.ops;

import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** NumPy's rule: shapes are aligned at the innermost axis, and extents of 1 stretch. */
final class Broadcasting {
  private Broadcasting() {}

  /** The common shape of two arguments, or an error that names the op. */
  static Shape shape(String op, Variable a, Variable b) {
    if (a.shape().equals(b.shape())) {
      return a.shape();
    }
    try {
      return a.shape().broadcast(b.shape());
    } catch (ShapeMismatchException _) {
      throw new ShapeMismatchException(
          op,
          "b",
          "broadcastable with a " + a.shape(),
          b.shape().toString(),
          "counted from the innermost axis, extents must be equal or 1");
    }
  }

  /** A copy of x stretched to a shape. */
  static Tensor expand(Tensor x, Shape shape) {
    Backend backend = x.backend();
    Tensor out = backend.empty(DType.FLOAT32, shape);
    backend.elementwise().fill(out, 0f);
    backend.elementwise().binary(Binary.ADD, out, x, out);
    return out;
  }

  /** The transpose of {@link #expand}: the gradient itself where it has the shape, else its sum. */
  static Tensor reduce(Tensor grad, Shape shape) {
    if (grad.shape().equals(shape)) {
      return grad;
    }
    Backend backend = grad.backend();
    Tensor sum = backend.empty(DType.FLOAT32, shape);
    backend.indexing().sumTo(grad, sum);
    return sum;
  }
}
