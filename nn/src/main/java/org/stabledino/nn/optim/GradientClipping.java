package org.stabledino.nn.optim;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Limits the joint norm of all gradients: each is multiplied by {@code min(1, maxNorm / (norm +
 * 1e-6))}.
 *
 * <p>An infinite norm gives the coefficient 0 and a NaN norm gives NaN; gradients that are absent
 * do not count.
 */
public final class GradientClipping {
  private final double maxNorm;
  private final Norm norm;

  /** How the size of all gradients together is measured. */
  public enum Norm {
    /** The sum of absolute values. */
    L1,
    /** The root of the sum of squares. */
    L2,
    /** The largest absolute value. */
    MAX
  }

  /**
   * The norm of the gradients and what to multiply them by.
   *
   * @param norm before clipping
   * @param coefficient at most 1
   */
  public record Measured(double norm, float coefficient) {}

  /**
   * Clipping by the Euclidean norm.
   *
   * @param maxNorm the limit, such as 0.1
   */
  public GradientClipping(double maxNorm) {
    this(maxNorm, Norm.L2);
  }

  /**
   * Clipping by any norm.
   *
   * @param maxNorm the limit
   * @param norm how to measure
   */
  public GradientClipping(double maxNorm, Norm norm) {
    this.maxNorm = maxNorm;
    this.norm = norm;
  }

  /**
   * Measures without changing anything: optimisers take the coefficient along.
   *
   * @param variables leaves
   * @return norm and coefficient
   */
  public Measured measure(Collection<? extends Variable> variables) {
    List<Tensor> grads =
        variables.stream().<Tensor>map(Variable::grad).filter(Objects::nonNull).toList();
    double total =
        switch (norm) {
          case L1 -> grads.stream().mapToDouble(GradientClipping::sumOfAbsolutes).sum();
          case L2 ->
              grads.isEmpty() ? 0 : grads.getFirst().backend().optimizer().sumOfSquares(grads);
          case MAX -> grads.stream().mapToDouble(GradientClipping::largest).reduce(0, Math::max);
        };
    double size = norm == Norm.L2 ? Math.sqrt(total) : total;
    // Math.min passes NaN on, as it must.
    return new Measured(size, (float) Math.min(1, maxNorm / (size + 1e-6)));
  }

  /**
   * Multiplies every gradient by the coefficient, also when it is 1.
   *
   * @param variables leaves
   * @return norm and coefficient
   */
  public Measured clip(Collection<? extends Variable> variables) {
    Measured measured = measure(variables);
    for (Variable variable : variables) {
      Tensor grad = variable.grad();
      if (grad != null) {
        grad.backend().elementwise().affine(grad, measured.coefficient(), 0f, grad);
      }
    }
    return measured;
  }

  private static double sumOfAbsolutes(Tensor x) {
    try (Scope _ = Scope.open()) {
      Backend backend = x.backend();
      Tensor sum = backend.empty(x.dtype(), Shape.of());
      backend.indexing().sumTo(absolutes(x), sum);
      return sum.item();
    }
  }

  private static double largest(Tensor x) {
    try (Scope _ = Scope.open()) {
      Tensor largest = x.backend().empty(x.dtype(), Shape.of());
      x.backend().indexing().maxLast(absolutes(x).reshape(x.size()), largest, null);
      return largest.item();
    }
  }

  private static Tensor absolutes(Tensor x) {
    Tensor absolutes = x.backend().empty(x.dtype(), x.shape());
    x.backend().elementwise().unary(Unary.ABS, x, absolutes);
    return absolutes;
  }
}
