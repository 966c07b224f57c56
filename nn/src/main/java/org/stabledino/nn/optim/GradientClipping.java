package org.stabledino.nn.optim;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
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
   * The same where the gradients are, before anybody knows it.
   *
   * @param sumOfSquares the Euclidean norm's square, float64, shape [1]
   * @param coefficient at most 1, shape [1]; NaN where norm or loss is not finite
   */
  public record Queued(Tensor sumOfSquares, Tensor coefficient) {

    /**
     * The norm before clipping.
     *
     * @param sumOfSquares that sum, on the CPU
     * @return its root
     */
    public static double norm(Tensor sumOfSquares) {
      return Math.sqrt(only(sumOfSquares));
    }
  }

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
    List<Tensor> grads = gradients(variables);
    double total =
        switch (norm) {
          case L1 -> grads.stream().mapToDouble(GradientClipping::sumOfAbsolutes).sum();
          case L2 -> sumOfSquares(grads);
          case MAX -> grads.stream().mapToDouble(GradientClipping::largest).reduce(0, Math::max);
        };
    double size = norm == Norm.L2 ? Math.sqrt(total) : total;
    // Math.min passes NaN on, as it must.
    return new Measured(size, (float) Math.min(1, maxNorm / (size + 1e-6)));
  }

  /**
   * Measures where the gradients are, without waiting for it. This knows the Euclidean norm only.
   *
   * @param variables leaves
   * @param loss what the gradients are of, one element
   * @return norm and coefficient, which belong to the current scope
   */
  public Queued queue(Collection<? extends Variable> variables, Tensor loss) {
    if (norm != Norm.L2) {
      throw new IllegalStateException("the " + norm + " norm is measured on the CPU: see measure");
    }
    List<Tensor> grads = gradients(variables);
    Backend backend = loss.backend();
    Tensor sum = backend.empty(DType.FLOAT64, Shape.of(1));
    Tensor coefficient = backend.empty(DType.FLOAT32, Shape.of(1));
    backend.optimizer().sumOfSquares(grads, sum);
    backend.optimizer().clipping(sum, loss.reshape(1), maxNorm, coefficient);
    return new Queued(sum, coefficient);
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

  private static List<Tensor> gradients(Collection<? extends Variable> variables) {
    return variables.stream().<Tensor>map(Variable::grad).filter(Objects::nonNull).toList();
  }

  private static double only(Tensor sum) {
    return sum.doubles()[sum.offset()];
  }

  private static double sumOfSquares(List<Tensor> grads) {
    if (grads.isEmpty()) {
      return 0;
    }
    try (Scope _ = Scope.open()) {
      Backend backend = grads.getFirst().backend();
      Tensor sum = backend.empty(DType.FLOAT64, Shape.of(1));
      backend.optimizer().sumOfSquares(grads, sum);
      return only(sum.to(Device.CPU));
    }
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
