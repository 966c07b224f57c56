package org.stabledino.autograd;

import java.util.function.Consumer;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * A tensor in a computation that can be differentiated: its data, the function that made it, and
 * its gradient.
 *
 * <p>A variable without a creator is a leaf. Leaves that require a gradient (parameters) collect it
 * in {@link #grad} when {@link #backward} is called on a scalar computed from them; gradients of
 * several backward passes add up until {@link #clearGrad}.
 *
 * <p>Variables are never changed in place while a graph refers to them.
 */
public class Variable {
  private Tensor data;
  private final Function creator;
  private final boolean requiresGrad;

  /** What a variable without a creator is, for messages. */
  private final String origin;

  private Tensor gradBuffer;
  private boolean hasGrad;
  private Tensor pending;

  /**
   * A leaf.
   *
   * @param data the tensor
   * @param requiresGrad whether backward passes collect a gradient for it
   */
  protected Variable(Tensor data, boolean requiresGrad) {
    this(data, requiresGrad, null, "a leaf");
    if (requiresGrad) {
      // Views of a leaf in a graph release what they retained; the leaf must survive that.
      data.storage().retain();
    }
  }

  private Variable(Tensor data, boolean requiresGrad, Function creator, String origin) {
    this.data = data;
    this.requiresGrad = requiresGrad;
    this.creator = creator;
    this.origin = origin;
  }

  /**
   * A leaf that needs no gradient: an input, a mask, a constant.
   *
   * @param data the tensor
   * @return the variable
   */
  public static Variable constant(Tensor data) {
    return new Variable(data, false);
  }

  /**
   * A leaf that collects a gradient.
   *
   * @param data the tensor
   * @return the variable
   */
  public static Variable leaf(Tensor data) {
    return new Variable(data, true);
  }

  /** The result of a function; linked to it only if a gradient will be asked for. */
  static Variable result(Tensor data, Function creator, boolean recorded) {
    return recorded
        ? new Variable(data, true, creator, null)
        : new Variable(data, false, null, creator.name());
  }

  /**
   * The value.
   *
   * @return the tensor itself, not a copy
   */
  public final Tensor data() {
    return data;
  }

  /**
   * The value's shape.
   *
   * @return the shape
   */
  public final Shape shape() {
    return data.shape();
  }

  /**
   * One extent of the value.
   *
   * @param axis from 0, or from -1 counted from the innermost
   * @return the extent
   */
  public final int dim(int axis) {
    return data.dim(axis);
  }

  /**
   * The number of dimensions of the value.
   *
   * @return the rank
   */
  public final int rank() {
    return data.rank();
  }

  /**
   * The value of a scalar.
   *
   * @return the number
   */
  public final float item() {
    return data.item();
  }

  /**
   * Whether gradients flow through this variable.
   *
   * @return true for such leaves and for what was computed from them while recording
   */
  public boolean requiresGrad() {
    return requiresGrad;
  }

  /**
   * The function that made it.
   *
   * @return the function, or null for a leaf
   */
  public final Function creator() {
    return creator;
  }

  /**
   * The same value outside the graph: no gradient flows back through the result.
   *
   * @return a constant that shares this variable's storage
   */
  public final Variable detach() {
    return new Variable(data, false, null, creator == null ? origin : creator.name());
  }

  /**
   * The gradient collected by backward passes; only leaves keep one.
   *
   * @return a tensor like the data, or null if no pass reached this leaf since {@link #clearGrad}
   */
  public final Tensor grad() {
    return hasGrad ? gradBuffer : null;
  }

  /** Forgets the gradient; its memory is kept for the next one. */
  public final void clearGrad() {
    hasGrad = false;
  }

  /**
   * Makes an existing tensor the place where the gradient is collected, such as a slice of one
   * large buffer that is clipped and sent as a whole.
   *
   * @param buffer like the data
   */
  public final void gradBuffer(Tensor buffer) {
    if (!buffer.shape().equals(data.shape())) {
      throw new ShapeMismatchException(
          "gradBuffer", "buffer", data.shape().toString(), buffer.shape().toString(), "");
    }
    gradBuffer = buffer;
    hasGrad = false;
  }

  /**
   * Computes the gradient of this scalar with respect to every leaf it was computed from.
   *
   * @throws GraphException if it is no scalar, or no gradient can flow back from it
   */
  public final void backward() {
    if (data.size() != 1) {
      throw new GraphException(
          "backward starts at a scalar; this is %s with shape %s (sum it, or give a gradient)"
              .formatted(describe(), shape()));
    }
    Tensor one = data.backend().empty(data.dtype(), shape());
    data.backend().elementwise().fill(one, 1f);
    backward(one);
  }

  /**
   * Computes the gradient of {@code sum(this * gradient)} with respect to every leaf this was
   * computed from. The graph is taken apart on the way, so this works once.
   *
   * @param gradient like the data
   * @throws GraphException if no gradient can flow back from here
   */
  public final void backward(Tensor gradient) {
    if (creator == null) {
      throw new GraphException(
          requiresGrad()
              ? "backward on a leaf: nothing was computed"
              : ("backward on a variable that is severed from every parameter: %s"
                      + " (was it detached, or computed under noGrad or from constants only?)")
                  .formatted(describe()));
    }
    BackwardPass.run(this, gradient);
  }

  /**
   * Moves the value of a leaf to another device; its gradient is forgotten. No graph may refer to
   * the leaf meanwhile.
   *
   * @param device where it is to live
   */
  protected final void moveTo(Device device) {
    if (!data.device().equals(device)) {
      data = Scope.outsideAll(() -> data.to(device));
      data.storage().retain();
      gradBuffer = null;
      hasGrad = false;
    }
  }

  /** Whether some gradient came in. */
  final boolean hasPending() {
    return pending != null;
  }

  /** Whether some gradient came in and can be added to in place. */
  final boolean hasOwnPending() {
    return pending != null && !pending.storage().shared();
  }

  /** Lets a gradient that was collected inside a scope outlive it. */
  final void keepPending(Scope scope) {
    if (pending != null) {
      scope.keep(pending);
    }
  }

  /** Hands the collected gradient over to the backward pass. */
  final Tensor takePending() {
    Tensor taken = pending;
    pending = null;
    return taken;
  }

  /**
   * Adds one contribution to the gradient. The tensor is kept, or its memory is given back if
   * nobody else holds it.
   */
  final void accumulate(Tensor grad) {
    if (!grad.shape().equals(data.shape())) {
      throw new ShapeMismatchException(
          "backward", "gradient", data.shape().toString(), grad.shape().toString(), describe());
    }
    if (creator == null) {
      grad.storage().retain();
      accumulateLeaf(grad);
      grad.storage().release();
    } else if (pending == null) {
      grad.storage().retain();
      pending = grad;
    } else {
      grad.storage().retain();
      accumulatePending(grad);
      grad.storage().release();
    }
  }

  /**
   * Lets a contribution that is cheaper to add than to compute on its own add itself: the part of a
   * slice, gathered rows, a product that accumulates.
   */
  final void accumulateInto(Consumer<Tensor> adder) {
    if (creator == null) {
      allocateGradBuffer();
      if (!hasGrad) {
        data.backend().elementwise().fill(gradBuffer, 0f);
        hasGrad = true;
      }
      adder.accept(gradBuffer);
      return;
    }
    if (pending == null || pending.storage().shared()) {
      Tensor own = data.backend().empty(data.dtype(), data.shape());
      if (pending == null) {
        data.backend().elementwise().fill(own, 0f);
      } else {
        data.backend().elementwise().affine(pending, 1f, 0f, own);
        pending.storage().release();
      }
      own.storage().retain();
      pending = own;
    }
    adder.accept(pending);
  }

  private void allocateGradBuffer() {
    if (gradBuffer == null) {
      gradBuffer = Scope.outsideAll(() -> data.backend().empty(data.dtype(), data.shape()));
    }
  }

  private void accumulateLeaf(Tensor grad) {
    allocateGradBuffer();
    if (hasGrad) {
      data.backend().elementwise().axpy(1f, grad, gradBuffer);
    } else {
      data.backend().elementwise().affine(grad, 1f, 0f, gradBuffer);
      hasGrad = true;
    }
  }

  private void accumulatePending(Tensor grad) {
    if (pending.storage().shared()) {
      Tensor sum = data.backend().empty(data.dtype(), data.shape());
      data.backend().elementwise().binary(Binary.ADD, pending, grad, sum);
      pending.storage().release();
      sum.storage().retain();
      pending = sum;
    } else {
      data.backend().elementwise().axpy(1f, grad, pending);
    }
  }

  private String describe() {
    String maker = creator == null ? origin : creator.name();
    return maker.equals("a leaf") ? maker : "the result of " + maker;
  }

  @Override
  public String toString() {
    return data + (creator == null ? "" : " by " + creator.name());
  }
}
