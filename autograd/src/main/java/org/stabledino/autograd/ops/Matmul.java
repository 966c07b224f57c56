package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * {@code Y = op(A) op(B)} for matrices or batches of matrices, where op may transpose.
 *
 * <p>Without transposition {@code dA = dY B^T} and {@code dB = A^T dY}; the gradient of a
 * transposed argument is the transpose of that.
 */
public final class Matmul extends Function {
  private final Variable a;
  private final Variable b;
  private final boolean transposeA;
  private final boolean transposeB;

  private Matmul(Variable a, boolean transposeA, Variable b, boolean transposeB) {
    super(a, b);
    this.a = a;
    this.b = b;
    this.transposeA = transposeA;
    this.transposeB = transposeB;
  }

  /**
   * {@code op(A) op(B)}.
   *
   * @param a shape [M, K] or [B, M, K]; the last two exchanged if transposed
   * @param transposeA whether op(A) is the transpose of A
   * @param b shape [K, N] or [B, K, N]; the last two exchanged if transposed
   * @param transposeB whether op(B) is the transpose of B
   * @return shape [M, N] or [B, M, N]
   */
  public static Variable apply(Variable a, boolean transposeA, Variable b, boolean transposeB) {
    if (a.rank() != 2 && a.rank() != 3) {
      throw new ShapeMismatchException(
          "matmul", "a", "[M, K] or [B, M, K]", a.shape().toString(), "reshape it");
    }
    int[] expected = b.rank() == a.rank() ? b.shape().dims() : new int[a.rank()];
    int rows = expected.length - (transposeB ? 1 : 2);
    expected[rows] = a.dim(transposeA ? -2 : -1);
    expected[2 * expected.length - 3 - rows] = -1;
    if (expected.length == 3) {
      expected[0] = a.dim(0);
    }
    ShapeMismatchException.check("matmul", "b", b.data(), expected);
    return new Matmul(a, transposeA, b, transposeB).run();
  }

  @Override
  protected Tensor forward() {
    int rows = a.dim(transposeA ? -1 : -2);
    int columns = b.dim(transposeB ? -2 : -1);
    Tensor y = a.rank() == 2 ? empty(rows, columns) : empty(a.dim(0), rows, columns);
    multiply(transposeA, transposeB, a.data(), b.data(), y);
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    if (needsGrad(a)) {
      Tensor gradA = empty(a.shape());
      if (transposeA) {
        multiply(transposeB, true, b.data(), gradOut, gradA);
      } else {
        multiply(false, !transposeB, gradOut, b.data(), gradA);
      }
      accumulate(a, gradA);
    }
    if (needsGrad(b)) {
      Tensor gradB = empty(b.shape());
      if (transposeB) {
        multiply(true, transposeA, gradOut, a.data(), gradB);
      } else {
        multiply(!transposeA, false, a.data(), gradOut, gradB);
      }
      accumulate(b, gradB);
    }
  }

  private void multiply(boolean transposeX, boolean transposeY, Tensor x, Tensor y, Tensor out) {
    if (out.rank() == 2) {
      backend().matmul().gemm(transposeX, transposeY, x, y, null, Activation.NONE, false, out);
    } else {
      backend().matmul().batchedGemm(transposeX, transposeY, 1f, x, y, out);
    }
  }
}
